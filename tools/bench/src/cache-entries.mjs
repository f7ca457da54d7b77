// A process of its own for each figure: `node --expose-gc cache-entries.mjs pass|memory|calls|churn [COUNT]`; prints numbers as JSON.
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { BufferCache } from "@seamless/cache";
import { Checksum } from "@seamless/checksum";
import { compare } from "./measure.mjs";

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
    this.checksum = new Checksum(randomBytes(32).toString("hex"));
  }
  getChecksum() {
    return this.checksum;
  }
}

/** @param {number} count */
function makeBuffers(count) {
  const buffers = [];
  for (let i = 0; i < count; i++) buffers.push(new Bare(contents[i % contents.length] ?? new Uint8Array()));
  // What a hash table asks of a checksum is kept by the checksum, and does not count as memory of one table.
  const asked = new BufferCache();
  for (const { checksum } of buffers) asked.get(checksum);
  asked.close();
  return buffers;
}

/**
 * @param {number} count
 * @param {(i: number) => void} work
 */
async function inBatches(count, work) {
  for (let i = 0; i < count; i++) {
    work(i);
    if (i % BATCH === BATCH - 1) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Heap and typed arrays in bytes, when everything that can go has gone. */
async function heap() {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.();
    await sleep(10);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/**
 * Bytes an entry.
 *
 * @param {readonly Bare[]} buffers
 * @param {(cache: BufferCache, buffer: Bare) => void} enter
 */
async function entrySize(buffers, enter) {
  const before = await heap();
  const cache = new BufferCache({ passInterval: 1000 * LONG });
  await inBatches(buffers.length, (i) => enter(cache, /** @type {Bare} */ (buffers[i])));
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
    const buffer = /** @type {Bare} */ (buffers[i]);
    if (i % 2 === 0) cache.incref(buffer.checksum);
    else cache.tempref(buffer.checksum, { interest: 1 + (i % 97) });
    cache.markStored(buffer.checksum, i % 3 === 0 ? "local" : "remote", buffer.content.byteLength);
    cache.register(buffer);
  });
  await heap();
  const start = performance.now();
  cache.evict();
  const ms = performance.now() - start;
  if (cache.stats().strong.bytes > bytes / 2 || cache.stats().disposals.evicted < count / 4) throw new Error("no pass");
  cache.close();
  return ms;
}

/**
 * Calls in random order, against a Map from hex digits: medians of the times in µs, and of the ratios.
 *
 * @param {number} count
 */
async function calls(count) {
  const buffers = makeBuffers(count);
  const map = new Map(buffers.map((buffer) => [buffer.checksum.hex(), buffer]));
  const many = count > 1e6;
  const held = new BufferCache({ passInterval: 1000 * LONG });
  const weak = new BufferCache({ passInterval: 1000 * LONG });
  await inBatches(count, (i) => {
    const buffer = /** @type {Bare} */ (buffers[i]);
    held.incref(buffer.checksum);
    held.register(buffer);
    if (!many) weak.register(buffer);
  });
  const order = shuffle(buffers.map(({ checksum }) => checksum));
  // The answers are used: what nobody looks at is not computed.
  const each = (/** @type {(checksum: Checksum) => unknown} */ work) => () => {
    let found = 0;
    for (const checksum of order) if (work(checksum) !== undefined) found++;
    return found;
  };
  const found = (/** @type {unknown} */ buffer) => buffer !== undefined;
  const referring = (/** @type {BufferCache} */ cache) =>
    each((checksum) => {
      cache.incref(checksum);
      cache.decref(checksum);
    });
  const options = { rounds: many ? 3 : count > 1e5 ? 15 : 31, warmup: many ? 1 : 5, calls: count };
  const twice = {
    name: "two of them",
    run: each((checksum) => found(map.get(checksum.hex())) && found(map.get(checksum.hex()))),
  };
  return [
    ...(await compare(
      { name: "Map.get(checksum.hex())", run: each((checksum) => map.get(checksum.hex())?.content) },
      [{ name: "get, strong", run: each((checksum) => held.get(checksum)?.content), atMost: 1.3 }],
      options,
    )),
    ...(await compare(twice, [{ name: "incref and decref, strong", run: referring(held), atMost: 1.5 }], options)),
    // Alone, since it leaves much to the garbage collector, which would take its time from the others. Of many it measures
    // the engine, which remembers until the end of a turn what was looked at by a weak reference.
    ...(many
      ? []
      : await compare(twice, [{ name: "the same of a weak one, which moves twice", run: referring(weak) }], options)),
  ];
}

/**
 * @template T
 * @param {T[]} items
 */
function shuffle(items) {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [items[i], items[j]] = [/** @type {T} */ (items[j]), /** @type {T} */ (items[i])];
  }
  return items;
}

/** @type {Record<string, (count: number) => Promise<unknown>>} */
const figures = {
  pass: passTime,
  calls,
  memory: async (count) => {
    const buffers = makeBuffers(count);
    const weak = await entrySize(buffers, (cache, buffer) => cache.register(buffer));
    const strong = await entrySize(buffers, (cache, buffer) => {
      cache.register(buffer);
      cache.incref(buffer.checksum);
      cache.tempref(buffer.checksum);
      cache.markStored(buffer.checksum, "folder", buffer.content.byteLength);
    });
    return [weak, strong];
  },
  churn: async (count) => {
    const cache = new BufferCache();
    const churn = (/** @type {number} */ buffers) =>
      inBatches(buffers, () => cache.register(new Bare(contents[0] ?? new Uint8Array())));
    await churn(20_000);
    const before = await heap();
    await churn(count);
    await heap();
    // As the next pass does, which gives back what was needed for many.
    cache.evict();
    const after = await heap();
    if (cache.stats().weak.buffers > 0) throw new Error("not everything was collected");
    return [before, after];
  },
};

process.stdout.write(JSON.stringify(await figures[process.argv[2] ?? ""]?.(Number(process.argv[3]))));
