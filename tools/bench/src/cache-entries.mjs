// A process of its own for each figure: `node --expose-gc cache-entries.mjs pass|weak|strong|churn`; prints numbers as JSON.
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { BufferCache } from "@seamless/cache";
import { Checksum } from "@seamless/checksum";

/** As long as nothing else is measured, no pass comes in between. */
const LONG = 1e6;
/** How much is done before others get their turn: nothing weak is collected before. */
const BATCH = 1000;
/** Shared: what buffers themselves take does not count. */
const contents = Array.from({ length: 50 }, (_, i) => new Uint8Array(20 * (i + 1)));

class Bare {
  /** @param {Uint8Array} content */
  constructor(content) {
    this.content = content;
    this.checksum = randomChecksum();
  }
  getChecksum() {
    return this.checksum;
  }
}

function randomChecksum() {
  return new Checksum(randomBytes(32).toString("hex"));
}

/** @param {number} count */
const makeBuffers = (count) =>
  Array.from({ length: count }, (_, i) => new Bare(contents[i % contents.length] ?? new Uint8Array()));

/**
 * @param {number} count
 * @param {(i: number) => void} work
 */
async function inBatches(count, work) {
  for (let i = 0; i < count; i++) {
    work(i);
    if (i % BATCH === BATCH - 1) await sleep(0);
  }
}

/** The heap in bytes, when everything that can go has gone. */
async function heap() {
  for (let i = 0; i < 6; i++) {
    globalThis.gc?.();
    await sleep(10);
  }
  return process.memoryUsage().heapUsed;
}

/**
 * Bytes an entry.
 *
 * @param {(cache: BufferCache, buffer: Bare) => void} enter
 */
async function entrySize(enter) {
  const buffers = makeBuffers(200_000);
  const before = await heap();
  const cache = new BufferCache({ passInterval: 1000 * LONG });
  await inBatches(buffers.length, (i) => enter(cache, buffers[i] ?? new Bare(new Uint8Array())));
  const size = ((await heap()) - before) / buffers.length;
  cache.close();
  return size;
}

/**
 * A pass that evicts half of all, in milliseconds.
 *
 * @param {number} count
 */
async function passTime(count) {
  const buffers = makeBuffers(count);
  const bytes = buffers.reduce((sum, { content }) => sum + content.byteLength, 0);
  const cache = new BufferCache({ softCap: bytes / 2, passInterval: 1000 * LONG, tempref: { fadeInterval: LONG } });
  await inBatches(count, (i) => {
    const { checksum, content } = buffers[i] ?? new Bare(new Uint8Array());
    if (i % 2 === 0) cache.incref(checksum);
    else cache.tempref(checksum, { interest: 1 + (i % 97) });
    cache.markStored(checksum, i % 3 === 0 ? "local" : "remote", content.byteLength);
    cache.register(buffers[i] ?? new Bare(content));
  });
  await heap();
  const start = performance.now();
  cache.evict();
  const ms = performance.now() - start;
  if (cache.stats().strong.bytes > bytes / 2 || cache.stats().disposals.evicted < count / 4) throw new Error("no pass");
  cache.close();
  return ms;
}

/** @type {Record<string, () => Promise<number[]>>} */
const figures = {
  pass: async () => [await passTime(100_000), await passTime(1_000_000)],
  weak: async () => [await entrySize((cache, buffer) => cache.register(buffer))],
  strong: async () => [
    await entrySize((cache, buffer) => {
      cache.register(buffer);
      cache.incref(buffer.checksum);
      cache.tempref(buffer.checksum);
      cache.markStored(buffer.checksum, "folder", buffer.content.byteLength);
    }),
  ],
  churn: async () => {
    const cache = new BufferCache();
    const churn = (/** @type {number} */ count) =>
      inBatches(count, () => cache.register(new Bare(contents[0] ?? new Uint8Array())));
    await churn(20_000);
    const before = await heap();
    await churn(1_000_000);
    const after = await heap();
    if (cache.stats().weak.buffers > 0) throw new Error("not everything was collected");
    return [before, after];
  },
};

process.stdout.write(JSON.stringify(await figures[process.argv[2] ?? ""]?.()));
