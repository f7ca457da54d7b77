// Runs in a page: the store and idb alone, on the same bytes.
import { Checksum } from "@seamless/checksum";
import { indexedDbStore } from "@seamless/remote/browser";
import { openDB } from "idb";

const store = indexedDbStore("ours");
const bare = openDB("theirs", 1, { upgrade: (db) => void db.createObjectStore("buffers") });
const OURS_FIRST = /** @type {const} */ (["ours", "theirs"]);
const THEIRS_FIRST = /** @type {const} */ (["theirs", "ours"]);
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
 * @param {{ atOnce: number, oursFirst: boolean }} options
 * @returns times in milliseconds.
 */
export async function time({ atOnce, oursFirst }) {
  const db = await bare;
  const gets = {
    ours: (/** @type {Checksum} */ checksum) => store.get(checksum),
    theirs: (/** @type {Checksum} */ checksum) => db.get("buffers", checksum.hex()),
  };
  const times = { ours: 0, theirs: 0 };
  for (const which of oursFirst ? OURS_FIRST : THEIRS_FIRST) {
    const start = performance.now();
    for (let at = 0; at < checksums.length; at += atOnce) {
      await Promise.all(checksums.slice(at, at + atOnce).map(gets[which]));
    }
    times[which] = performance.now() - start;
  }
  return times;
}
