import { fileURLToPath } from "node:url";
import { exponent } from "../measure.mjs";
import { run } from "../processes.mjs";

export const question = "What does the cache cost over a bare Map, in time and memory, and how do they grow?";

/** Why nothing better than the targets can be expected. */
export const why = {
  "get, strong, of 10⁵": "a look-up in a Map is most of a get",
  "incref and decref, strong, of 10⁵": "each is a look-up and a count",
  "get, strong, of 10⁷": "a look-up in a Map is most of a get",
  "incref and decref, strong, of 10⁷": "each is a look-up and a count",
  "of 10⁷": "entries are sorted by what they are worth",
  "a weak entry, of 10⁷": "104 bytes are the engine's, for a WeakRef and its registration",
  "a strong entry with all it can have, of 10⁷": "the same, and what a reference, an interest and a pin take",
};

const ENTRIES = fileURLToPath(new URL("../cache-entries.mjs", import.meta.url));
/** In MB: ten million buffers, a Map and two caches take over 4 GiB. */
const HEAP = 14_000;
const SIZES = [1e5, 1e6, 1e7];
const NAMES = ["10⁵", "10⁶", "10⁷"];

/** @typedef {import("../measure.mjs").Row} Row */

export async function answer() {
  const calls = SIZES.map((size) => /** @type {Row[]} */ (figure("calls", size)));
  const passes = SIZES.map((size) => /** @type {number} */ (figure("pass", size)));
  const memory = SIZES.map((size) => /** @type {[number, number]} */ (figure("memory", size)));
  const [before, after] = /** @type {[number, number]} */ (figure("churn", 1e6));
  const [, million = 0, tenMillion = 0] = passes;
  const [weak = 0, strong = 0] = memory[2] ?? [];
  return [
    ...calls.flatMap((rows, i) => rows.map((row) => ({ ...row, subject: `${row.subject}, of ${NAMES[i]}` }))),
    ...(calls[2] ?? []).map(({ subject, peer }, i) =>
      against(
        `${subject}: exponent`,
        exponentOf(calls.map((rows) => rows[i]?.ours ?? 0)),
        `that of ${peer}`,
        exponentOf(calls.map((rows) => rows[i]?.theirs ?? 0)),
        "",
        1.1,
      ),
    ),
    against("a pass that evicts half of 10⁶", million, "1.5 s", 1500, "ms", 1),
    against("of 10⁷", tenMillion, "11.7 × that (n log n)", (million * 10 * 7) / 6, "ms", 1.3),
    against("a pass: exponent", exponent(SIZES, passes), "n log n", exponent(SIZES, SIZES.map(nLogN)), "", 1.1),
    against("a weak entry, of 10⁷", weak, "200 bytes", 200, "B", 1),
    against("a strong entry with all it can have, of 10⁷", strong, "280 bytes", 280, "B", 1),
    ...["weak", "strong"].map((kind, i) =>
      against(
        `memory of ${kind} entries: exponent`,
        exponentOf(memory.map((bytes) => bytes[i] ?? 0)),
        "linear",
        1,
        "",
        1.1,
      ),
    ),
    against("memory after 10⁶ registered and dropped", after / 1e6, "before", before / 1e6, "MB", 1.1),
  ];
}

/** @param {number} n */
const nLogN = (n) => n * Math.log(n);

/** @param {readonly number[]} each - For one of so many. */
const exponentOf = (each) =>
  exponent(
    SIZES,
    each.map((one, i) => one * (SIZES[i] ?? 0)),
  );

/**
 * @param {string} name
 * @param {number} count
 */
const figure = (name, count) =>
  JSON.parse(run(process.execPath, "--expose-gc", `--max-old-space-size=${HEAP}`, ENTRIES, name, `${count}`));

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
