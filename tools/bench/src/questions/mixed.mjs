import { serialize } from "@seamless/celltypes";
import { compare } from "../measure.mjs";

export const question = "Does the mixed format grow linearly with its leaves?";

const leaves = (/** @type {number} */ count) =>
  Array.from({ length: count }, (_, i) => ({ name: `leaf ${i}`, data: new Float64Array([i, i + 1, i + 2]) }));

export async function answer() {
  const few = leaves(1000);
  const many = leaves(10_000);
  const [row] = await compare(
    { name: "1,000 arrays, ten times", run: () => times(10, () => serialize(few, "mixed")) },
    [{ name: "10,000 small arrays", run: () => serialize(many, "mixed"), atMost: 1.5 }],
    { rounds: 21, warmup: 5 },
  );
  if (row === undefined) return [];
  return [row, { ...row, subject: "the same, in all", peer: "50 ms", theirs: 50, ratio: row.ours / 50, atMost: 1 }];
}

/**
 * @param {number} count
 * @param {() => unknown} work
 */
function times(count, work) {
  for (let i = 0; i < count; i++) work();
}
