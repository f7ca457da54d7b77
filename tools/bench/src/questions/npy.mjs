import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { NdArray, parse, serialize } from "@seamless/celltypes";
import { npyChunks } from "@seamless/celltypes/npy";
import { compare } from "../measure.mjs";

export const question = "What does .npy cost over the bytes themselves?";

/** Why nothing better than the targets can be expected. */
export const why = {
  "the same, as two chunks, each copied by who takes them": "the bytes are copied once, by who takes them",
};

const BYTES = 2 ** 28;

/** What a run leaves, 256 MiB, takes 20 ms to be given back to the system: the next one that allocates anything would pay for it. */
setFlagsFromString("--expose-gc");
const collectGarbage = /** @type {() => void} */ (runInNewContext("gc"));

export async function answer() {
  const values = new Float64Array(BYTES / 8).map((_, i) => i / 3);
  const source = new Uint8Array(values.buffer);
  const array = new NdArray(values, { shape: [2 ** 15, 2 ** 10] });
  const written = await compare(
    { name: "one copy of the bytes", prepare: collectGarbage, run: () => take([source]) },
    [
      { name: "writing 256 MiB, as one buffer", prepare: collectGarbage, run: () => serialize(array, "binary") },
      {
        name: "the same, as two chunks, each copied by who takes them",
        prepare: collectGarbage,
        run: () => take(npyChunks(values, { shape: array.shape })),
        atMost: 1.05,
      },
    ],
    { rounds: 15, warmup: 3 },
  );
  const bytes = serialize(array, "binary");
  return [...written, memoryRow(bytes)];
}

/**
 * What somebody does who keeps what he is given. Into one memory with the header before it, the same copy takes half as long again on
 * some processors: they take what lies 128 bytes further for what they have just written.
 *
 * @param {readonly Uint8Array[]} chunks
 */
const take = (chunks) => chunks.map((chunk) => chunk.slice());

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
