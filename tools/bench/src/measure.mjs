/**
 * One question: a subject of ours against a peer, and how many times the peer's figure ours may be.
 *
 * @typedef {object} Row
 * @property {string} subject
 * @property {string} peer
 * @property {number} ours - Median, in `unit`.
 * @property {number} theirs - Median, in `unit`.
 * @property {string} unit
 * @property {number} ratio - Median of the rounds' ratios of ours to theirs; or a difference where `target` says so.
 * @property {number} [atMost] - The target, if the ratio must not pass it.
 * @property {number} [atLeast] - The target, if the ratio must reach it.
 * @property {string} [why] - Why nothing better than the target can be expected.
 */

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/**
 * How a cost grows with size: the slope of the straight line through the logarithms of both. 1 is linear.
 *
 * @param {readonly number[]} sizes
 * @param {readonly number[]} costs - In all, not of one.
 */
export function exponent(sizes, costs) {
  const x = sizes.map(Math.log);
  const y = costs.map(Math.log);
  const mean = (/** @type {readonly number[]} */ values) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  const slope = (/** @type {readonly number[]} */ v, /** @type {number} */ m) =>
    x.reduce((sum, xi, i) => sum + (xi - mx) * ((v[i] ?? 0) - m), 0);
  return slope(y, my) / slope(x, mx);
}

/**
 * Something to be timed.
 *
 * @typedef {object} Subject
 * @property {string} name
 * @property {(prepared?: any) => unknown} run - What it returns is awaited.
 * @property {() => unknown} [prepare] - Makes what a run is given, before each, untimed.
 * @property {number} [atMost] - Target for the ratio of its time to the peer's.
 */

/**
 * Time a peer and some subjects in turns, so that what else the machine does falls on all of them alike.
 *
 * @param {Subject} peer
 * @param {readonly Subject[]} subjects
 * @param {object} options
 * @param {number} options.rounds
 * @param {number} [options.warmup] - Rounds before, which do not count.
 * @param {number} [options.calls] - How often one `run` does the thing; times are then in µs for one.
 * @returns {Promise<Row[]>} medians of the times, and of the ratios of each round.
 */
export async function compare(peer, subjects, { rounds, warmup = 1, calls }) {
  const runners = [peer, ...subjects].map((subject) => ({ subject, times: /** @type {number[]} */ ([]) }));
  for (let round = -warmup; round < rounds; round++) {
    for (const { subject, times } of round % 2 === 0 ? runners : [...runners].reverse()) {
      const prepared = await subject.prepare?.();
      const start = performance.now();
      await subject.run(prepared);
      const ms = performance.now() - start;
      if (round >= 0) times.push(calls === undefined ? ms : (ms * 1000) / calls);
    }
  }
  const [first, ...rest] = runners;
  const theirs = first?.times ?? [];
  return rest.map(({ subject, times }) => ({
    subject: subject.name,
    peer: peer.name,
    ours: median(times),
    theirs: median(theirs),
    unit: calls === undefined ? "ms" : "µs",
    ratio: median(times.map((time, i) => time / (theirs[i] ?? 1))),
    ...(subject.atMost === undefined ? {} : { atMost: subject.atMost }),
  }));
}

/**
 * How the time of something grows with its size: the exponent is 1 where ten times as much takes ten times as long.
 *
 * @template T
 * @param {string} subject
 * @param {readonly number[]} sizes - Three, each a multiple of the one before.
 * @param {(size: number) => T | Promise<T>} prepare - Untimed, once for each size.
 * @param {(prepared: T) => unknown} run - What it returns is awaited.
 * @param {object} [options]
 * @param {number} [options.rounds]
 * @param {number} [options.atMost]
 * @returns {Promise<Row>} the times of the largest and of the smallest, and in place of their ratio the exponent: the slope of
 * the line through the logarithms of size and time.
 */
export async function growth(subject, sizes, prepare, run, { rounds = 7, atMost = 1.1 } = {}) {
  const all = [];
  for (const size of sizes) all.push({ size, prepared: await prepare(size), times: /** @type {number[]} */ ([]) });
  for (let round = -2; round < rounds; round++) {
    for (const { size, prepared, times } of round % 2 === 0 ? all : [...all].reverse()) {
      // As long for the small ones: else a timer's tick and a collection of garbage would count for more.
      const calls = Math.max(1, Math.round(Math.sqrt((sizes.at(-1) ?? size) / size)));
      const start = performance.now();
      for (let i = 0; i < calls; i++) await run(prepared);
      if (round >= 0) times.push((performance.now() - start) / calls);
    }
  }
  const slope = exponent(
    sizes,
    all.map(({ times }) => median(times)),
  );
  return {
    subject,
    peer: sizes.map((size) => size.toLocaleString("en")).join(" → "),
    ours: median(all.at(-1)?.times ?? []),
    theirs: median(all[0]?.times ?? []),
    unit: "ms",
    ratio: slope,
    atMost,
  };
}

/** @param {Row} row */
export const met = ({ ratio, atMost, atLeast }) =>
  (atMost === undefined || ratio <= atMost) && (atLeast === undefined || ratio >= atLeast);

/** @param {readonly Row[]} rows */
export function table(rows) {
  const cells = rows.map((row) => [
    row.subject,
    row.peer,
    `${round(row.ours)} ${row.unit}`.trim(),
    `${round(row.theirs)} ${row.unit}`.trim(),
    ...verdict(row),
  ]);
  return markdown([["subject", "against", "ours", "theirs", "ratio", "target", ""], ...cells]);
}

/**
 * The rows that say why their targets are the limit.
 *
 * @param {readonly Row[]} rows
 */
export function limits(rows) {
  const cells = rows.flatMap((row) =>
    row.why === undefined ? [] : [[row.subject, row.peer, ...verdict(row), row.why]],
  );
  return markdown([["subject", "against", "ratio", "target", "", "why that is the limit"], ...cells]);
}

/** @param {Row} row */
const verdict = (row) => [
  round(row.ratio),
  row.atMost !== undefined ? `≤ ${row.atMost}` : row.atLeast !== undefined ? `≥ ${row.atLeast}` : "",
  row.atMost === undefined && row.atLeast === undefined ? "" : met(row) ? "met" : "MISSED",
];

/** @param {readonly string[][]} rows - The head, and all others. */
function markdown(rows) {
  const all = rows.map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (/** @type {string[]} */ row) => `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  return [line(all[0] ?? []), line(widths.map((width) => "-".repeat(width))), ...all.slice(1).map(line)].join("\n");
}

/** @param {number} value */
const round = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));
