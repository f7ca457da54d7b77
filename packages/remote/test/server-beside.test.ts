import { gzipSync } from "node:zlib";
import { Checksum } from "@seamless/checksum";
import { memoryStore } from "@seamless/store";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type HashserverHandlerOptions, hashserverHandler } from "../src/hashserver/index.ts";
import { zstdZeros } from "./support/client-zstd.ts";
import { sample } from "./support/sample.ts";

const LARGE = sample(200_000, 1);
const SMALL = sample(1000, 2);

function server(options: Partial<HashserverHandlerOptions> = {}) {
  const contents = new Map<string, Uint8Array>();
  const handler = hashserverHandler({ store: memoryStore({ contents }), writable: true, ...options });
  /** An upload whose bytes come when the test says so. */
  const upload = ({ checksum, bytes }: typeof LARGE, client?: string) => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const sent = { at: 0 };
    const gone = new AbortController();
    const send = async (count: number) => {
      const chunk = bytes.subarray(sent.at, sent.at + count);
      sent.at += count;
      await writer.write(chunk);
    };
    const finish = () => Promise.all([writer.write(bytes.subarray(sent.at)), writer.close()]);
    const answer = handler({
      method: "PUT",
      url: `/${checksum.hex()}`,
      headers: { "content-length": String(bytes.byteLength) },
      body: readable,
      client,
      signal: gone.signal,
    });
    const leave = async () => {
      gone.abort(new Error("gone"));
      await answer;
    };
    return { answer, send, finish, leave, status: async () => (await answer).status };
  };
  return { handler, contents, upload };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe.each([
  ["large", LARGE],
  ["small", SMALL],
])("a client that never comes to an end with a buffer that is %s", (_, buffer) => {
  test("keeps others from it for two seconds, and then the first complete one wins", async () => {
    const { upload, contents } = server();
    const slow = upload(buffer);
    await slow.send(10);
    expect(await upload(buffer).status()).toBe(202);
    await vi.advanceTimersByTimeAsync(1999);
    expect(await upload(buffer).status()).toBe(202);
    await vi.advanceTimersByTimeAsync(1);
    const second = upload(buffer);
    await second.send(20);
    await second.finish();
    expect(await second.status()).toBe(200);
    // Without another byte from it.
    expect(await slow.status()).toBe(201);
    expect(contents.get(buffer.checksum.hex())).toEqual(buffer.bytes);
  });

  test("may still be the first that is complete", async () => {
    const { upload } = server();
    const first = upload(buffer);
    await first.send(10);
    await vi.advanceTimersByTimeAsync(2000);
    const second = upload(buffer);
    await second.send(10);
    await first.finish();
    expect([await first.status(), await second.status()]).toEqual([200, 201]);
  });

  test("and sends wrong bytes in the end, spoils nothing", async () => {
    const { upload, contents } = server();
    const wrong = upload({ ...buffer, bytes: new Uint8Array(buffer.bytes.byteLength) });
    await wrong.send(10);
    await vi.advanceTimersByTimeAsync(2000);
    const right = upload(buffer);
    await right.send(10);
    await wrong.finish();
    expect(await wrong.status()).toBe(400);
    await right.finish();
    expect(await right.status()).toBe(200);
    expect(contents.get(buffer.checksum.hex())).toEqual(buffer.bytes);
  });

  test("and begins again every 300 ms, has one head start in all", async () => {
    const { upload } = server();
    for (let time = 0; time < 2000; time += 250) {
      const trickling = upload(buffer, "mallory");
      await trickling.send(1);
      expect(await upload(buffer, "alice").status()).toBe(202);
      await vi.advanceTimersByTimeAsync(250);
      await trickling.leave();
    }
    const trickling = upload(buffer, "mallory");
    await trickling.send(1);
    const honest = upload(buffer, "alice");
    await honest.send(2);
    // Each of its own drives out another of its own.
    for (let i = 0; i < 10; i++) await upload(buffer, "mallory").send(3);
    await honest.finish();
    expect(await honest.status()).toBe(200);
  });

  test("is forgotten a minute after it has left, and at once when the buffer is there", async () => {
    const { upload } = server();
    const turnsAway = async () => {
      const first = upload(buffer);
      await first.send(1);
      const second = upload(buffer);
      const answered = await Promise.race([second.status(), second.send(1)]);
      for (const each of [first, second]) await each.leave();
      return answered === 202;
    };
    expect(await turnsAway()).toBe(true);
    await vi.advanceTimersByTimeAsync(2000);
    expect(await turnsAway()).toBe(false);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await turnsAway()).toBe(true);
  });

  test("of many such, the one that got least gives way", async () => {
    const { upload } = server();
    const trickling = [];
    for (const received of [30, 10, 20, 40]) {
      const one = upload(buffer);
      await one.send(received);
      await vi.advanceTimersByTimeAsync(2000);
      trickling.push(one);
    }
    const honest = upload(buffer);
    expect(await trickling[1]!.status()).toBe(202);
    await honest.finish();
    expect(await honest.status()).toBe(200);
    const statuses = await Promise.all(trickling.map((each) => each.status()));
    expect(statuses).toEqual([201, 202, 201, 201]);
    expect(await upload(buffer).status()).toBe(201);
  });
});

describe("an encoded body", () => {
  const put = async (coding: string, body: Uint8Array, name: string, options: Partial<HashserverHandlerOptions>) => {
    vi.useRealTimers();
    const { handler } = server(options);
    const headers = { "content-encoding": coding, "content-length": String(body.byteLength) };
    const stream = new Blob([body as BlobPart]).stream();
    return (await handler({ method: "PUT", url: `/${name}`, headers, body: stream })).status;
  };
  const ZEROS = new Uint8Array(40 * 131_072);
  const name = Checksum.of(ZEROS).hex();

  test("may become a thousand times its size, and not much more", async () => {
    expect(await put("gzip", gzipSync(LARGE.bytes), LARGE.checksum.hex(), {})).toBe(200);
    // 5 MiB of zeros, in about 200 bytes.
    expect(await put("zstd", zstdZeros(40), name, {})).toBe(413);
    expect(await put("zstd", zstdZeros(40), name, { maxDecodedRatio: 1e6 })).toBe(200);
  });

  test("has a limit of its own, below that of buffers", async () => {
    const options = { maxDecodedRatio: 1e6, maxDecodedBytes: ZEROS.byteLength - 1 };
    expect(await put("zstd", zstdZeros(40), name, options)).toBe(413);
    expect(await put("zstd", zstdZeros(40), name, { maxDecodedRatio: 1e6, maxBytes: ZEROS.byteLength - 1 })).toBe(413);
  });
});
