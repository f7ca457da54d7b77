import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Checksum } from "@seamless/checksum";
import { expect, test } from "vitest";
import { openStore } from "./support/client-store.ts";
import { head, http, type RawRequest, rawServer } from "./support/raw-server.ts";
import { chunksOf, sample } from "./support/sample.ts";

/**
 * undici looks at its timers twice a second: after three seconds at the earliest, and four at the latest. So much more than
 * a pause, since a busy machine may add to that.
 */
const QUICK = { timeouts: { connect: 3_000, headers: 3_000, stall: 3_000 } };
const PAUSE = 1_200;
/** Longer than all of them. */
const LONG = 4_500;

/** Several times what the system takes in advance. */
const LARGE = sample(48 * 2 ** 20);

/** Stops now and then, but never for too long. */
async function readSlowly({ incoming }: RawRequest): Promise<boolean> {
  const hash = createHash("sha256");
  let [pauses, total] = [0, 0];
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    hash.update(chunk);
    total += chunk.byteLength;
    if (total < (pauses + 1) * 2 ** 23 || pauses === 4) continue;
    pauses++;
    await sleep(PAUSE);
  }
  return pauses === 4 && hash.digest("hex") === LARGE.checksum.hex();
}

test("what is slow but gets on takes as long as it takes, up and down", async () => {
  const download = sample(5);
  const receiver = async (request: RawRequest) => http((await readSlowly(request)) ? 200 : 400);
  const sender = async ({ socket }: RawRequest) => {
    socket.write(head(200, { "content-length": 5 }));
    for (const byte of download.bytes) {
      await sleep(PAUSE);
      socket.write(Uint8Array.of(byte));
    }
    return undefined;
  };
  const [up, down] = await Promise.all([rawServer(receiver), rawServer(sender)]);
  const store = openStore(up.url, QUICK);
  const all = await Promise.all([
    store.put(LARGE.checksum, LARGE.bytes),
    // In one chunk.
    store.putStream(LARGE.checksum, chunksOf(LARGE.bytes)),
    openStore(down.url, QUICK).get(download.checksum),
  ]);
  expect(all).toEqual([undefined, undefined, download.bytes]);
  expect([up.requests.length, down.requests.length]).toEqual([2, 1]);
});

test("a source that is slow is not the server's fault, nor a reader who takes his time", async () => {
  const parts = [sample(2 * 2 ** 20, 1).bytes, sample(10, 2).bytes, sample(10, 3).bytes];
  const whole = Buffer.concat(parts);
  const checksum = Checksum.of(whole);
  const server = await rawServer(async ({ method, body }) =>
    method === "PUT" ? http((await body()).equals(whole) ? 200 : 400) : http(200, whole),
  );
  const store = openStore(server.url, QUICK);
  const source = async function* () {
    for (const part of parts) {
      if (part !== parts[0]) await sleep(LONG);
      yield part;
    }
  };
  const read = async () => {
    const reader = (await store.getStream(checksum))!.getReader();
    await reader.read();
    await sleep(LONG);
    let length = 0;
    for (let next = await reader.read(); !next.done; next = await reader.read()) length += next.value.byteLength;
    return length;
  };
  const [, length] = await Promise.all([store.putStream(checksum, source()), read()]);
  expect(length).toBeGreaterThan(1_000_000);
});
