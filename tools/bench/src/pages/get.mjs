// Runs in a page: the store and idb alone, on the same bytes.
import { Checksum } from "@seamless/checksum";
import { indexedDbStore } from "@seamless/remote/browser";
import { openDB } from "idb";

const store = indexedDbStore("ours");
const bare = openDB("theirs", 1, { upgrade: (db) => void db.createObjectStore("buffers") });
const SUBJECTS = /** @type {const} */ (["ours", "theirs", "hashed"]);
/** @type {Checksum[]} */
let checksums = [];

/** @param {{ count: number, size: number }} options */
export async function prepare({ count, size }) {
  const buffers = Array.from({ length: count }, () => crypto.getRandomValues(new Uint8Array(size)));
  checksums = buffers.map((bytes) => Checksum.of(bytes));
  const db = await bare;
  for (const [i, bytes] of buffers.entries()) {
    const checksum = /** @type {Checksum} */ (checksums[i]);
    await store.put(checksum, bytes);
    await db.put("buffers", bytes, checksum.hex());
  }
}

/**
 * Get all, each once, from both.
 *
 * @param {{ atOnce: number, first: number }} options
 * @returns times in milliseconds; `hashed`: from idb, and hashed as we do.
 */
export async function time({ atOnce, first }) {
  const db = await bare;
  const gets = {
    ours: (/** @type {Checksum} */ checksum) => store.get(checksum),
    theirs: (/** @type {Checksum} */ checksum) => db.get("buffers", checksum.hex()),
    hashed: async (/** @type {Checksum} */ checksum) => Checksum.of(await db.get("buffers", checksum.hex())),
  };
  const times = { ours: 0, theirs: 0, hashed: 0 };
  for (let i = 0; i < SUBJECTS.length; i++) {
    const which = /** @type {keyof typeof gets} */ (SUBJECTS[(first + i) % SUBJECTS.length]);
    const start = performance.now();
    for (let at = 0; at < checksums.length; at += atOnce) {
      await Promise.all(checksums.slice(at, at + atOnce).map(gets[which]));
    }
    times[which] = performance.now() - start;
  }
  return times;
}
