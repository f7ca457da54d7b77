import { forever } from "@seamless/internal/testing";
import { afterEach, describe, expect, test } from "vitest";
import {
  Buffer,
  close,
  configure,
  type ManualClock,
  manualClock,
  memoryStore,
  type SeamlessError,
  type Store,
} from "../src/index.ts";

const hangingPut = (name: string): Store => ({ ...memoryStore({ name }), put: () => forever });
const hangingClose = (name: string): Store => ({ ...memoryStore({ name }), close: () => forever });

/** When a close ended, in milliseconds of the clock, and with what. */
function watch(clock: ManualClock, closing: Promise<void>) {
  const seen: { at?: number; error?: SeamlessError } = {};
  void closing
    .catch((error: SeamlessError) => {
      seen.error = error;
    })
    .then(() => {
      seen.at = clock.now();
    });
  return seen;
}

afterEach(() => close().catch(() => undefined));

describe("close() of what hangs", () => {
  test("a store that takes nothing has 30 s, and what it was to take is named", async () => {
    const clock = manualClock();
    const [hangs, works] = [hangingPut("hangs"), memoryStore({ name: "works" })];
    configure({ clock, stores: [hangs, works] });
    const buffer = new Buffer("held", "text");
    buffer.incref();
    const start = clock.now();
    const seen = watch(clock, close());
    await clock.advanceAsync(29_999);
    expect(seen.at).toBe(undefined);
    await clock.advanceAsync(1);
    expect(seen.at).toBe(start + 30_000);
    expect(seen.error).toMatchObject({
      code: "STORE_FAILED",
      message: expect.stringContaining("30000 ms"),
      errors: [{ store: "hangs", checksum: buffer.getChecksum() }],
    });
    expect(await works.has([buffer.getChecksum()])).toEqual([true]);
    expect(clock.pending).toBe(0);
  });

  test("a store that does not close has as long, is named, and holds up no other", async () => {
    const clock = manualClock();
    let closed = 0;
    const other: Store = {
      ...memoryStore({ name: "other" }),
      async close() {
        closed++;
      },
    };
    configure({ clock, stores: [hangingClose("hangs"), other] });
    const start = clock.now();
    const seen = watch(clock, close({ timeout: 5000 }));
    await clock.advanceAsync(4999);
    expect([seen.at, closed]).toEqual([undefined, 1]);
    await clock.advanceAsync(1);
    expect(seen.at).toBe(start + 5000);
    expect(seen.error).toMatchObject({ code: "STORE_FAILED", store: "hangs" });
    expect(seen.error!.message).toContain("5000 ms");
    expect(clock.pending).toBe(0);
  });

  test("one that does neither: a moment more for closing, since all the time went into writing", async () => {
    const clock = manualClock();
    configure({ clock, stores: [{ ...hangingPut("hangs"), close: () => forever }] });
    const buffer = new Buffer("held", "text");
    buffer.incref();
    const start = clock.now();
    const seen = watch(clock, close());
    await clock.advanceAsync(30_999);
    expect(seen.at).toBe(undefined);
    await clock.advanceAsync(1);
    expect(seen.at).toBe(start + 31_000);
    const { errors } = seen.error!;
    expect(errors!.map(({ store, checksum }) => [store, checksum?.hex()])).toEqual([
      ["hangs", buffer.getChecksum().hex()],
      ["hangs", undefined],
    ]);
    expect(clock.pending).toBe(0);
  });

  test("what went wrong before the time was over is told", async () => {
    const clock = manualClock();
    const refused = new Error("connection refused");
    const down: Store = { ...memoryStore({ name: "down" }), put: () => Promise.reject(refused) };
    configure({ clock, stores: [down] });
    new Buffer("held", "text").incref();
    const seen = watch(clock, close());
    await clock.advanceAsync(30_000);
    expect(seen.error!.message).toContain("last: connection refused");
    expect(seen.error!.errors).toMatchObject([{ store: "down", cause: refused }]);
  });
});
