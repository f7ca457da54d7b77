import type { Celltype } from "@seamless/celltypes";

/** A value to begin with, for each celltype: JSON, or for text and code the text itself. */
export const SAMPLES: Readonly<Record<Celltype, string>> = {
  plain: '{"station": "north", "levels": [1, 2.5]}',
  mixed: '{"unit": "m", "levels": [1, 2.5]}',
  binary: "[[1, 2.5], [3, 4]]",
  text: "Measured at noon",
  yaml: "station: north\nlevels: [1, 2.5]",
  python: "def mean(levels):\n    return sum(levels) / len(levels)",
  ipython: "%matplotlib inline\nplot(levels)",
  str: '"north"',
  int: "42",
  float: "2.5",
  bool: "true",
  bytes: "any bytes at all",
  checksum: '"5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"',
};

type Writer = (text: string) => Promise<Uint8Array>;

const plainJson = async () => {
  const { parsePlain, serializePlain } = await import("@seamless/celltypes/plain");
  return {
    value: (text: string) => parsePlain(new TextEncoder().encode(text), { lossless: true }),
    serialize: serializePlain,
  };
};

const json = async () => {
  const [{ value }, { serialize }] = await Promise.all([plainJson(), import("./serialize.ts")]);
  return { serialize, value };
};

const fromJson =
  (celltype: Celltype): Writer =>
  async (text) => {
    const { serialize, value } = await json();
    return serialize(value(text), celltype);
  };

/** What is no code, or no YAML, is written all the same, and refused when it is read: so it is read here. */
const checked =
  (celltype: Celltype): Writer =>
  async (text) => {
    const [{ serialize }, { parseChecked }] = await Promise.all([
      import("./serialize.ts"),
      import("./parse-checked.ts"),
    ]);
    const bytes = serialize(text, celltype);
    await parseChecked(bytes, celltype);
    return bytes;
  };

/** By celltype, so that what only some need is loaded only for these: the other writers, and the readers of YAML and Python. */
const WRITERS: Readonly<Record<Celltype, Writer>> = {
  plain: async (text) => {
    const { serialize, value } = await plainJson();
    return serialize(value(text));
  },
  mixed: fromJson("mixed"),
  str: fromJson("str"),
  int: fromJson("int"),
  float: fromJson("float"),
  bool: fromJson("bool"),
  checksum: fromJson("checksum"),
  binary: async (text) => {
    const [{ value }, { NdArray, serialize }] = await Promise.all([json(), import("./serialize.ts")]);
    return serialize(NdArray.from(value(text)), "binary");
  },
  text: async (text) => (await import("./serialize.ts")).serialize(text, "text"),
  bytes: async (text) => new TextEncoder().encode(text),
  yaml: checked("yaml"),
  python: checked("python"),
  ipython: checked("ipython"),
};

/**
 * The buffer of a value as somebody typed it.
 *
 * @param text - For text, code and bytes the text itself; for the other celltypes JSON.
 * @throws {SeamlessError} as `serialize` and `parse` do.
 */
export function writeTyped(text: string, celltype: Celltype): Promise<Uint8Array> {
  return WRITERS[celltype](text);
}
