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
 */

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
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

/** @param {Row} row */
export const met = ({ ratio, atMost, atLeast }) =>
  (atMost === undefined || ratio <= atMost) && (atLeast === undefined || ratio >= atLeast);

/** @param {readonly Row[]} rows */
export function table(rows) {
  const cells = rows.map((row) => [
    row.subject,
    row.peer,
    `${round(row.ours)} ${row.unit}`,
    `${round(row.theirs)} ${row.unit}`,
    round(row.ratio),
    row.atMost !== undefined ? `≤ ${row.atMost}` : row.atLeast !== undefined ? `≥ ${row.atLeast}` : "",
    met(row) ? "met" : "MISSED",
  ]);
  const all = [["subject", "against", "ours", "theirs", "ratio", "target", ""], ...cells];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (/** @type {string[]} */ row) => `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  return [line(all[0] ?? []), line(widths.map((width) => "-".repeat(width))), ...all.slice(1).map(line)].join("\n");
}

/** @param {number} value */
const round = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));
