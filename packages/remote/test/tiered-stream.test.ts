import { forever, rejection } from "@seamless/internal/testing";
import { memoryStore, streamChunks } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { tieredStore } from "../src/tiered/tiered-store.ts";
import { BYTES, CHECKSUM, CHUNK, fast, openStream, readAll, slow, turns, WRONG } from "./support/tiered.ts";

describe("getStream", () => {
  test("gives the body of the first tier that has it", async () => {
    const broken = { ...fast(), getStream: () => Promise.reject(new Error("refused")) };
    const last = slow(undefined, BYTES, "last");
    const tiered = tieredStore([broken, slow(), last]);
    expect(await readAll(tiered)).toEqual(BYTES);
    expect(last.state.given).toBe(0);
    expect(tiered.stats()).toMatchObject([{ failures: 1, misses: 0 }, { hits: 1 }, { hits: 0 }]);
    expect(await tieredStore([fast(), fast()]).getStream(CHECKSUM)).toBeUndefined();
  });

  test("is not missing if a tier could not tell", async () => {
    const cause = new Error("refused");
    const broken = { ...fast(), getStream: () => Promise.reject(cause) };
    const error = await rejection(tieredStore([broken, fast()]).getStream(CHECKSUM));
    expect(error).toMatchObject({ code: "STORE_FAILED", errors: [{ store: "fast", cause }] });
  });

  test("never puts one tier's bytes behind another's: what breaks off has broken off", async () => {
    const refused = new Error("refused");
    const cause = new Error("connection reset");
    const broken = { ...fast(undefined, "broken"), getStream: () => Promise.reject(refused) };
    const breaking = slow((chunk) => (chunk === 5 ? Promise.reject(cause) : undefined));
    const whole = slow(undefined, BYTES, "whole");
    const tiered = tieredStore([broken, breaking, whole]);
    const reader = (await openStream(tiered)).getReader();
    let length = 0;
    const error = await rejection(
      (async () => {
        for (;;) length += (await reader.read()).value?.byteLength ?? 0;
      })(),
    );
    expect(length).toBeLessThan(6 * CHUNK);
    expect(whole.state.given).toBe(0);
    expect(error).toMatchObject({
      code: "STORE_FAILED",
      errors: [
        { store: "broken", cause: refused },
        { store: "slow", cause },
      ],
    });
    expect(tiered.stats()[1]).toMatchObject({ hits: 1, failures: 1, lastError: { store: "slow", cause } });
  });

  test("catches a tier that lies, with its last chunk held back; the next time another tier is asked first", async () => {
    const lying = slow(undefined, WRONG, "lying");
    const tiered = tieredStore([lying, slow()]);
    const got: Uint8Array[] = [];
    const error = await rejection(
      (async () => {
        for await (const chunk of streamChunks(await openStream(tiered))) got.push(chunk);
      })(),
    );
    expect(error).toMatchObject({ code: "STORE_FAILED", errors: [{ store: "lying" }] });
    expect((error as unknown as { errors: Error[] }).errors[0]?.cause).toMatchObject({ code: "CHECKSUM_MISMATCH" });
    expect(got).toHaveLength(9);
    expect(await readAll(tiered)).toEqual(BYTES);
    expect(tiered.stats()).toMatchObject([
      { hits: 1, failures: 1 },
      { hits: 1, failures: 0 },
    ]);
  });

  test("a tier that lied is asked last, but is asked: it may be the only one, or have been mended", async () => {
    const contents = new Map([[CHECKSUM.hex(), WRONG]]);
    const mended = memoryStore({ contents, writable: false });
    const tiered = tieredStore([mended, fast()]);
    await rejection(readAll(tiered));
    await rejection(readAll(tiered));
    contents.set(CHECKSUM.hex(), BYTES);
    expect(await readAll(tiered)).toEqual(BYTES);
    // And is the first again.
    expect(await readAll(tiered)).toEqual(BYTES);
    expect(tiered.stats()).toMatchObject([{ hits: 4 }, { misses: 2 }]);
  });

  test("a tier that lied is the first again as soon as get has seen the right bytes there", async () => {
    const contents = new Map<string, Uint8Array>([[CHECKSUM.hex(), WRONG]]);
    const tiered = tieredStore([memoryStore({ contents, writable: false }), slow()]);
    await rejection(readAll(tiered));
    contents.set(CHECKSUM.hex(), BYTES);
    await tiered.get(CHECKSUM);
    expect(await readAll(tiered)).toEqual(BYTES);
    expect(tiered.stats()).toMatchObject([{ hits: 3 }, { hits: 0 }]);
  });

  test("reads nothing, and back-fills nothing, before somebody reads", async () => {
    const [near, far] = [fast(), slow()];
    const stream = await openStream(tieredStore([near, far]));
    await turns();
    expect([near.state.puts, far.state.given]).toEqual([0, 0]);
    const reason = new Error("enough");
    await stream.cancel(reason);
    expect(near.state.puts).toBe(0);
    expect(far.state.cancelled).toBe(reason);
  });

  test("stops the tier when it is aborted while nobody reads", async () => {
    for (const reads of [0, 1]) {
      const far = slow();
      const controller = new AbortController();
      const reader = (await openStream(tieredStore([far]), controller.signal)).getReader();
      for (let i = 0; i < reads; i++) await reader.read();
      const reason = new Error("enough");
      controller.abort(reason);
      expect(await rejection(reader.read())).toBe(reason);
      expect(far.state.cancelled).toBe(reason);
    }
  });

  test("an abort errors it with the reason, though the tier hangs, and is no failure", async () => {
    const controller = new AbortController();
    const near = fast();
    const tiered = tieredStore([near, slow((chunk) => (chunk === 5 ? forever : undefined))]);
    const reader = (await openStream(tiered, controller.signal)).getReader();
    const read = rejection(
      (async () => {
        for (;;) await reader.read();
      })(),
    );
    await turns();
    const reason = new Error("enough");
    controller.abort(reason);
    expect(await read).toBe(reason);
    await turns();
    expect(near.state).toMatchObject({ aborts: [reason], ends: [{ error: reason }] });
    expect(near.contents.size).toBe(0);
    expect(tiered.stats()).toMatchObject([{ failures: 0, fillFailures: 0, fillsSkipped: 1 }, { failures: 0 }]);
  });

  test("an abort stops the back-fill though nobody reads, and the reader whom it holds up", async () => {
    for (const reads of [1, 2]) {
      // Holds up the second chunk.
      const near = fast(() => forever);
      const controller = new AbortController();
      const reader = (await openStream(tieredStore([near, slow()]), controller.signal)).getReader();
      await reader.read();
      const held = reads === 2 ? rejection(reader.read()) : undefined;
      await turns();
      const reason = new Error("enough");
      controller.abort(reason);
      expect(near.state.aborts).toEqual([reason]);
      expect(await (held ?? rejection(reader.read()))).toBe(reason);
    }
  });

  test("a body that comes after the abort is cancelled", async () => {
    let give: (body: ReadableStream<Uint8Array>) => void = () => {};
    const body = new Promise<ReadableStream<Uint8Array>>((resolve) => {
      give = resolve;
    });
    const late = { ...fast(), getStream: () => body };
    const controller = new AbortController();
    const asked = rejection(tieredStore([late]).getStream(CHECKSUM, { signal: controller.signal }));
    const reason = new Error("enough");
    controller.abort(reason);
    expect(await asked).toBe(reason);
    const far = slow();
    give(await openStream(far));
    await turns();
    expect(far.state.cancelled).toBe(reason);
  });
});
