import { type Celltype, NdArray, parse, serialize } from "@seamless/celltypes";
import { isSeamlessError, SeamlessError } from "@seamless/checksum";
import { loadFor } from "./render.ts";

/**
 * The buffer of a value as it is given on a command line.
 *
 * @param input - JSON, or the text or bytes themselves.
 * @throws {SeamlessError} `INVALID_BUFFER` if it is not JSON, not UTF-8 or not code; `INVALID_VALUE` if the celltype has no
 * form for the value; `NO_CODE_SUPPORT`.
 */
export async function bufferOf(input: Uint8Array, celltype: Celltype): Promise<Uint8Array> {
  await loadFor(celltype);
  try {
    return INPUTS[celltype](input);
  } catch (error) {
    if (!isSeamlessError(error, "INVALID_BUFFER")) throw error;
    const { message, celltype: read, offset, line, column } = error;
    const hint = (read === "plain" && HINTS[celltype]) || "";
    const what = `the value is no ${celltype}: ${message.replace(/^cannot read this buffer as \w+: /, "")}${hint}`;
    throw new SeamlessError("INVALID_BUFFER", what, { celltype, offset, line, column, cause: error });
  }
}

const TEXT_HINT = " (a string is in double quotes, or --as text)";

/** What may have been meant by what is no JSON. */
const HINTS: Readonly<Partial<Record<Celltype, string>>> = {
  plain: TEXT_HINT,
  mixed: TEXT_HINT,
  str: TEXT_HINT,
  checksum: " (a checksum is 64 hex digits in double quotes; a list or dict of them is JSON too)",
};

type Input = (input: Uint8Array) => Uint8Array;

const asJson =
  (celltype: Celltype): Input =>
  (input) =>
    serialize(parse(input, "plain", { lossless: true }), celltype);

/** Text is read back, so that what is no code, or no YAML, has no checksum. */
const asText =
  (celltype: Celltype): Input =>
  (input) => {
    const bytes = serialize(parse(input, "text"), celltype);
    parse(bytes, celltype);
    return bytes;
  };

const INPUTS: Readonly<Record<Celltype, Input>> = {
  plain: asJson("plain"),
  mixed: asJson("mixed"),
  str: asJson("str"),
  int: asJson("int"),
  float: asJson("float"),
  bool: asJson("bool"),
  checksum: asJson("checksum"),
  binary: (input) => serialize(NdArray.from(parse(input, "plain")), "binary"),
  text: asText("text"),
  python: asText("python"),
  ipython: asText("ipython"),
  yaml: asText("yaml"),
  bytes: (input) => input,
};
