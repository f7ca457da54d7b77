// Rows for people.

/** @typedef {import("./rows.mjs").Row} Row */

/** @type {readonly [title: string, figure: "nsPerByte" | "memoryPerByte"][]} */
const ORDERS = [
  ["Worst by time", "nsPerByte"],
  ["Worst by memory", "memoryPerByte"],
];

const HEAD = ["shape", "reader", "answer", "bytes", "ns/byte", "× for 4 ×", "memory/byte", "× for 4 ×"];

/**
 * @param {readonly Row[]} rows
 * @param {number} top - Rows of each table.
 */
export function tables(rows, top) {
  const parts = ORDERS.map(([title, figure]) => {
    const worst = rows.toSorted((a, b) => b[figure] - a[figure]).slice(0, top);
    return `${title}\n\n${table([HEAD, ...worst.map(cells)])}\n\n`;
  });
  const shapes = new Set(rows.map(({ shape }) => shape)).size;
  const readers = new Set(rows.map(({ reader }) => reader)).size;
  return `${parts.join("")}${shapes} shapes, ${readers} readers, ${rows.length} rows\n`;
}

/** @param {readonly Row[]} rows */
export const failures = (rows) =>
  rows.flatMap(({ shape, reader, faults }) => faults.map((fault) => `FAILED ${shape} ${reader}: ${fault}\n`)).join("");

/** @param {Row} row */
function cells({ shape, reader, answer, bytes, nsPerByte, timeGrowth, memoryPerByte, memoryGrowth }) {
  return [shape, reader, answer, String(bytes), ...[nsPerByte, timeGrowth, memoryPerByte, memoryGrowth].map(short)];
}

/** @param {number} value */
const short = (value) => (value >= 100 ? value.toFixed(0) : value.toFixed(1));

/** @param {readonly string[][]} lines */
function table(lines) {
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line.map((cell, i) => (i < 3 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  "),
    )
    .join("\n");
}
