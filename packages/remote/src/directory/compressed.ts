import { SeamlessError } from "@seamless/checksum";
import { showPath } from "@seamless/checksum/node";
import { decode } from "../encoding/index.ts";
import { type Form, LENGTH_SUFFIX } from "./forms.ts";
import { openFile, readPieces, readWhole } from "./read-file.ts";

/** In bytes: a length and some white space. */
const DIGITS = 32;

/**
 * The bytes of a buffer, whatever form they come in.
 *
 * @param pieces - The bytes of the file.
 */
export function formPieces(
  { coding }: Form,
  pieces: AsyncIterable<Uint8Array>,
  store: string,
): AsyncIterable<Uint8Array> {
  // Whoever may write into the folder may fill the disk, too: there is no limit to hold against them.
  return coding === undefined ? pieces : decode([coding], pieces, { store, limit: Number.POSITIVE_INFINITY });
}

/**
 * The length of a buffer that lies there compressed, in bytes: as it is recorded beside it, or by decoding it.
 *
 * @param path - Of the compressed form.
 * @param file - Where the buffer itself would lie.
 */
export async function decodedLength(form: Form, path: string, file: string, store: string): Promise<number> {
  const recorded = await recordedLength(file + LENGTH_SUFFIX);
  if (recorded !== undefined) return recorded;
  let length = 0;
  for await (const piece of formPieces(form, readPieces(path), store)) length += piece.byteLength;
  return length;
}

async function recordedLength(path: string): Promise<number | undefined> {
  const file = await openFile(path);
  if (file === undefined) return undefined;
  try {
    const bytes = file.size <= DIGITS ? await readWhole(file, () => {}, undefined) : new Uint8Array();
    const text = new TextDecoder("latin1").decode(bytes).trim();
    if (/^[0-9]{1,15}$/.test(text)) return Number(text);
  } finally {
    await file.handle.close();
  }
  throw new SeamlessError("IO_ERROR", `${showPath(path)} should hold a length, in digits`, { file: path });
}
