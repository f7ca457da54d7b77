import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { BufferCache } from "@seamless/cache";
import { Checksum } from "@seamless/checksum";
import { compare } from "../measure.mjs";
import { run } from "../processes.mjs";

export const question = "What does the cache cost over a bare Map, in time and memory?";

const COUNT = 100_000;
const ENTRIES = fileURLToPath(new URL("../cache-entries.mjs", import.meta.url));

export async function answer() {
  const checksums = Array.from({ length: COUNT }, () => new Checksum(randomBytes(32).toString("hex")));
  const content = new Uint8Array(10);
  const buffers = checksums.map((checksum) => ({ content, getChecksum: () => checksum }));
  const map = new Map(buffers.map((buffer) => [buffer.getChecksum().hex(), buffer]));
  const held = new BufferCache();
  const weak = new BufferCache();
  for (const buffer of buffers) {
    held.incref(buffer.getChecksum());
    held.register(buffer);
    weak.register(buffer);
  }
  const order = shuffle(checksums);
  // The answers are used: what nobody looks at is not computed.
  const each = (/** @type {(checksum: Checksum) => unknown} */ work) => () => {
    let found = 0;
    for (const checksum of order) if (work(checksum) !== undefined) found++;
    return found;
  };
  const found = (/** @type {unknown} */ buffer) => buffer !== undefined;
  const options = { rounds: 31, warmup: 5, calls: COUNT };
  const times = [
    ...(await compare(
      { name: "Map.get(checksum.hex())", run: each((checksum) => map.get(checksum.hex())?.content) },
      [{ name: "get, strong", run: each((checksum) => held.get(checksum)?.content), atMost: 2 }],
      options,
    )),
    ...(await compare(
      {
        name: "two of them",
        run: each((checksum) => found(map.get(checksum.hex())) && found(map.get(checksum.hex()))),
      },
      [
        {
          name: "incref and decref, strong",
          run: each((checksum) => {
            held.incref(checksum);
            held.decref(checksum);
          }),
          atMost: 3,
        },
        {
          name: "the same of a weak one, which moves twice",
          run: each((checksum) => {
            weak.incref(checksum);
            weak.decref(checksum);
          }),
        },
      ],
      options,
    )),
  ];
  for (const cache of [held, weak]) cache.close();
  return [...times, ...entries()];
}

/** @returns {import("../measure.mjs").Row[]} */
function entries() {
  const [small, large] = figures("pass");
  const [before, after] = figures("churn");
  return [
    against("a pass that evicts half of 1,000,000", large, "1.5 s", 1500, "ms", 1),
    against("the same, an entry", large / 1e3, "of 100,000 (n log n: 1.2)", small / 1e2, "µs", 3),
    against("a weak entry", figures("weak")[0], "600 bytes", 600, "B", 1),
    against("a strong entry, with all it can have", figures("strong")[0], "400 bytes", 400, "B", 1),
    against("heap after 1,000,000 registered and dropped", after / 1e6, "before", before / 1e6, "MB", 1.1),
  ];
}

/**
 * @param {string} name
 * @returns {any} as many numbers as it says
 */
const figures = (name) => JSON.parse(run(process.execPath, "--expose-gc", ENTRIES, name));

/**
 * @param {string} subject
 * @param {number} ours
 * @param {string} peer
 * @param {number} theirs
 * @param {string} unit
 * @param {number} atMost
 */
function against(subject, ours, peer, theirs, unit, atMost) {
  return { subject, peer, ours, theirs, unit, ratio: ours / theirs, atMost };
}

/**
 * @template T
 * @param {readonly T[]} items
 */
function shuffle(items) {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
