// Runs in a page: hashing and resolving, and what the browser has for both.
import { createRuntime } from "@seamless/cache";
import { Checksum, hashInSlices } from "@seamless/checksum";
import { hashserverStore } from "@seamless/remote/hashserver";

let bytes = new Uint8Array();
/** Of tasks that kept the page from answering, since `tasks` was called, in milliseconds. */
let longest = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
}).observe({ type: "longtask" });

/** @param {{ length: number }} options */
export function prepare({ length }) {
  bytes = new Uint8Array(length);
  for (let start = 0; start < length; start += 65_536) crypto.getRandomValues(bytes.subarray(start, start + 65_536));
}

const digest = (/** @type {Uint8Array<ArrayBuffer>} */ data) => crypto.subtle.digest("SHA-256", data);

/** @param {{ round?: number }} options */
export function hash({ round }) {
  return both(round, { ours: () => hashInSlices(bytes), theirs: () => digest(bytes) });
}

/**
 * The value of an array, against its bytes and their checksum.
 *
 * @param {{ round?: number, url: string, hex: string, celltype: "binary" }} options
 */
export function resolve({ round, url, hex, celltype }) {
  return both(round, {
    async ours() {
      const runtime = createRuntime({ stores: [hashserverStore(url)] });
      await runtime.resolve(new Checksum(hex), celltype);
      await runtime.close();
    },
    async theirs() {
      const response = await fetch(`${url}/${hex}`, { cache: "no-store" });
      await digest(new Uint8Array(await response.arrayBuffer()));
    },
  });
}

/** The longest task since this was last called, in milliseconds; 0 if none was over 50. */
export async function tasks() {
  // Observers are told of them later.
  await new Promise((resolve) => setTimeout(resolve, 100));
  const all = longest;
  longest = 0;
  return all;
}

/**
 * Times in milliseconds.
 *
 * @param {number | undefined} round - Without one, ours alone is run.
 * @param {{ ours: () => Promise<unknown>, theirs: () => Promise<unknown> }} subjects
 */
async function both(round, subjects) {
  const times = { ours: 0, theirs: 0 };
  /** @type {readonly (keyof typeof times)[]} */
  const order = round === undefined ? ["ours"] : round % 2 === 0 ? ["ours", "theirs"] : ["theirs", "ours"];
  for (const which of order) {
    const start = performance.now();
    await subjects[which]();
    times[which] = performance.now() - start;
  }
  return times;
}
