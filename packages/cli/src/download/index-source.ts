import { stat } from "node:fs/promises";
import { type Checksum, type DirectoryIndex, parseIndex, SeamlessError } from "@seamless/checksum";
import { fileError, readIndex, showPath } from "@seamless/checksum/node";
import { type ChecksumOperand, checksumOperand, readChecksum } from "../checksum-operand.ts";
import { printable } from "../printable.ts";
import { miss, type Store } from "../store.ts";
import { usingStream } from "../streams.ts";
import { UsageError } from "../usage.ts";

/** In bytes: two million files. An index from elsewhere must not take all memory. */
const LIMIT = 2 ** 28;

const INDEX = ".INDEX";
const CHECKSUM = ".CHECKSUM";

/** Where an index is: in a file, or in the store by a checksum. */
export type IndexOperand = { readonly index: string } | ChecksumOperand;

/** A directory that is to be made. */
export interface WantedDirectory {
  readonly entries: DirectoryIndex;
  readonly checksum: Checksum;
}

/** @throws {UsageError} if it is neither. */
export function indexOperand(operand: string): IndexOperand {
  return operand.endsWith(INDEX) ? { index: operand } : checksumOperand(operand);
}

/**
 * The directory that goes with an operand: `data` with `data.INDEX` and `data.CHECKSUM`.
 *
 * @throws {UsageError} if it has no name.
 */
export function targetOf(operand: string): string {
  const extension = [INDEX, CHECKSUM].find((end) => operand.endsWith(end));
  const target = extension === undefined ? "" : operand.slice(0, -extension.length);
  if (target === "" || /[\\/]$/.test(target)) {
    throw new UsageError(`--output DIR is needed: '${printable(operand)}' says nothing of a name`);
  }
  return target;
}

/**
 * @throws {SeamlessError} `INVALID_INDEX`, `TOO_LARGE`; `CACHE_MISS` and what the store throws; file codes.
 */
export async function readWanted(store: Store, operand: IndexOperand, signal: AbortSignal): Promise<WantedDirectory> {
  if ("index" in operand) {
    const { size } = await stat(operand.index).catch((error) => {
      throw fileError(error, operand.index, "read");
    });
    if (size > LIMIT) throw tooLarge(operand.index);
    return readIndex(operand.index);
  }
  const checksum = await readChecksum(operand);
  const name = `the index ${checksum.hex()}`;
  const stream = await store.getStream(checksum, { signal });
  if (stream === undefined) throw miss(store, checksum);
  const buffer = await usingStream(stream, () => joined(stream, name));
  return { entries: parseIndex(buffer, name), checksum };
}

async function joined(pieces: AsyncIterable<Uint8Array>, name: string): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces) {
    size += piece.byteLength;
    if (size > LIMIT) throw tooLarge(name);
    all.push(piece);
  }
  return Buffer.concat(all);
}

function tooLarge(name: string): SeamlessError {
  return new SeamlessError("TOO_LARGE", `${showPath(name)} is too large: the limit is ${LIMIT} bytes`);
}
