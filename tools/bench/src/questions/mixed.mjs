import { parse, serialize } from "@seamless/celltypes";
import { compare } from "../measure.mjs";

export const question = "What does the mixed format cost over files of its parts, and does it grow linearly?";

/** Why nothing better than the targets can be expected. */
export const why = {
  "writing 10,000 small arrays": "one header and one JSON in place of ten thousand",
  "reading them": "one header and one JSON in place of ten thousand",
};

const leaves = (/** @type {number} */ count) =>
  Array.from({ length: count }, (_, i) => ({ name: `leaf ${i}`, data: new Float64Array([i, i + 1, i + 2]) }));

export async function answer() {
  const many = leaves(10_000);
  const few = leaves(1000);
  const names = many.map(({ name }) => name);
  const peer = "the same as 10,000 .npy and JSON";
  const written = await compare(
    {
      name: peer,
      run: () => [JSON.stringify(names), many.map(({ data }) => serialize(data, "binary"))],
    },
    [{ name: "writing 10,000 small arrays", run: () => serialize(many, "mixed"), atMost: 0.5 }],
    { rounds: 31, warmup: 10 },
  );
  const bytes = serialize(many, "mixed");
  const [json, files] = [JSON.stringify(names), many.map(({ data }) => serialize(data, "binary"))];
  const read = await compare(
    { name: peer, run: () => [JSON.parse(json), files.map((file) => parse(file, "binary"))] },
    [{ name: "reading them", run: () => parse(bytes, "mixed"), atMost: 0.5 }],
    { rounds: 31, warmup: 10 },
  );
  const linear = await compare(
    { name: "1,000 arrays, ten times", run: () => times(10, () => serialize(few, "mixed")) },
    [{ name: "writing 10,000 small arrays", run: () => serialize(many, "mixed"), atMost: 1.5 }],
    { rounds: 21, warmup: 5 },
  );
  return [...written, ...read, ...linear];
}

/**
 * @param {number} count
 * @param {() => unknown} work
 */
function times(count, work) {
  for (let i = 0; i < count; i++) work();
}
