import { NdArray, parse, serialize } from "@seamless/celltypes";
import { npyChunks } from "@seamless/celltypes/npy";
import { compare } from "../measure.mjs";

export const question = "What does .npy cost over the bytes themselves?";

const BYTES = 2 ** 28;

export async function answer() {
  const values = new Float64Array(BYTES / 8).map((_, i) => i / 3);
  const source = new Uint8Array(values.buffer);
  const array = new NdArray(values, { shape: [2 ** 15, 2 ** 10] });
  const written = await compare(
    { name: "one copy of the bytes", run: () => source.slice() },
    [
      { name: "writing 256 MiB, as one buffer", run: () => serialize(array, "binary"), atMost: 1.25 },
      { name: "the same, as two chunks", run: () => npyChunks(values, { shape: array.shape }), atMost: 1.05 },
    ],
    { rounds: 15, warmup: 3 },
  );
  const bytes = serialize(array, "binary");
  return [...written, memoryRow(bytes)];
}

/**
 * What reading allocates, in KiB, on the heap and beside it.
 *
 * @param {Uint8Array} bytes
 */
function memoryRow(bytes) {
  const used = () => {
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    return (heapUsed + external + arrayBuffers) / 1024;
  };
  const before = used();
  // Null has a form as `binary` too; these bytes are an array.
  const array = /** @type {NonNullable<ReturnType<typeof parse<"binary">>>} */ (parse(bytes, "binary"));
  const allocated = Math.max(0, used() - before);
  return {
    subject: `reading 256 MiB (${array.shape.join(" × ")}): memory`,
    peer: "nothing proportional to the data",
    ours: allocated,
    theirs: 0,
    unit: "KiB",
    ratio: allocated,
    atMost: 1024,
  };
}
