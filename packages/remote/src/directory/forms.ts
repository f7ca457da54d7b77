import { Checksum, createSha256, isSeamlessError, type ProvenBytes } from "@seamless/checksum";
import { createProver, proveOwnedInSlices } from "@seamless/checksum/unsafe";
import { type ChunkMemory, joinChunks } from "@seamless/store";
import { decode } from "../encoding/decode.ts";
import { type Form, LENGTH_SUFFIX } from "./layout.ts";
import { chunks, type OpenFile, openFile, readPart, readWhole } from "./read-file.ts";

/** What a compressed form may become, unless the length beside it says. */
export interface DecodeLimits {
  /** In bytes. */
  readonly limit: number;
  /** How many times the size of the file. */
  readonly ratio: number;
}

/** How the forms of a store are read. */
export interface FormOptions {
  /** The name of the store, for messages. */
  readonly store: string;
  readonly limits: DecodeLimits;
  /** How much of a file is read at a time, in bytes, as is wished. */
  readonly chunkSize?: number | undefined;
  /** For the chunks of what is not compressed: a decoder may still read what it was given while it is asked for more. */
  readonly memory?: ChunkMemory | undefined;
}

/** In bytes: a length and some white space. */
const DIGITS = 32;

/** The bytes of a buffer, whatever form they come in. */
export function formChunks(
  form: Form,
  file: OpenFile,
  reader: FormOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { coding } = form;
  return coding === undefined
    ? chunks(file, reader.chunkSize, reader.memory)
    : decodedChunks(coding, form, file, reader);
}

async function* decodedChunks(
  coding: NonNullable<Form["coding"]>,
  form: Form,
  file: OpenFile,
  { store, limits, chunkSize }: FormOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const recorded = await recordedLength(file.path.slice(0, -form.suffix.length) + LENGTH_SUFFIX);
  const stated = recorded === undefined ? undefined : await STATED[coding](file);
  yield* decode([coding], chunks(file, chunkSize), {
    store,
    encodedLength: file.size,
    ...allowed(limits, recorded, stated),
  });
}

/**
 * What is recorded is the limit where the form says the same of itself. Where the form says nothing, it can only allow more:
 * a wrong record must not make a right buffer unreadable.
 */
function allowed(
  limits: DecodeLimits,
  recorded: number | undefined,
  stated: number | undefined,
): Partial<DecodeLimits> & { readonly limit: number; readonly limitedBy: string } {
  const foreign = { ...limits, limitedBy: "maxDecodedBytes" };
  if (recorded === undefined || (stated !== undefined && stated !== recorded)) return foreign;
  if (stated === recorded || recorded > limits.limit) return { limit: recorded, limitedBy: `as ${LENGTH_SUFFIX} says` };
  return foreign;
}

/**
 * The length of a buffer that lies there compressed, in bytes: as it is recorded beside it, if the form itself says the same,
 * or by decoding it.
 *
 * @param path - Of the compressed form.
 * @returns `undefined` if the form has just been removed.
 */
export async function decodedLength(form: Form, path: string, reader: FormOptions): Promise<number | undefined> {
  const file = await openFile(path);
  if (file === undefined) return undefined;
  try {
    const recorded = await recordedLength(path.slice(0, -form.suffix.length) + LENGTH_SUFFIX);
    if (recorded !== undefined && (await STATED[form.coding!](file)) === recorded) return recorded;
    let length = 0;
    for await (const chunk of formChunks(form, file, reader)) length += chunk.byteLength;
    return length;
  } finally {
    await file.handle.close();
  }
}

/** In digits, as the whole of a small file; anything else, and what cannot be read, records nothing. */
async function recordedLength(path: string): Promise<number | undefined> {
  try {
    const file = await openFile(path);
    if (file === undefined) return undefined;
    try {
      const bytes = file.size <= DIGITS ? await readWhole(file, () => {}, undefined) : new Uint8Array();
      const text = new TextDecoder("latin1").decode(bytes).trim();
      return /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
    } finally {
      await file.handle.close();
    }
  } catch (error) {
    if (isSeamlessError(error)) return undefined;
    throw error;
  }
}

/** Coding → the length, in bytes, that a form says it will have when it is decoded; `undefined` if it does not say. */
const STATED: Readonly<Record<NonNullable<Form["coding"]>, (file: OpenFile) => Promise<number | undefined>>> = {
  /** The last four bytes (RFC 1952, section 2.3.1): of the last member, and only the low 32 bits. */
  async gzip(file) {
    return file.size < 18 ? undefined : toNumber(await readPart(file, file.size - 4, 4));
  },
  /** In the header of the first frame, mostly (RFC 8878, section 3.1.1.1). */
  async zstd(file) {
    const header = await readPart(file, 0, 18);
    if (header.byteLength < 6 || toNumber(header.subarray(0, 4)) !== 0xfd2fb528) return undefined;
    const descriptor = header[4]!;
    const single = (descriptor >> 5) & 1;
    const bytes = [single, 2, 4, 8][descriptor >> 6]!;
    if (bytes === 0) return undefined;
    const start = 6 - single + [0, 1, 2, 4][descriptor & 3]!;
    // Two bytes count from 256 on.
    return toNumber(header.subarray(start, start + bytes)) + (bytes === 2 ? 256 : 0);
  },
};

/** Little-endian. */
function toNumber(bytes: Uint8Array): number {
  return bytes.reduceRight((sum, byte) => sum * 256 + byte, 0);
}

/** What lies in a file. */
export interface Contents {
  readonly checksum: Checksum;
  /** Decoded; missing if only their checksum was asked for. */
  readonly proven?: ProvenBytes | undefined;
}

/** How to get at it; `undefined` if there is no such file. */
export type ReadContents = (
  path: string,
  form: Form,
  reader: FormOptions,
  signal: AbortSignal | undefined,
) => Promise<Contents | undefined>;

/** All bytes, hashed as they come, so that a gigabyte stops nobody. */
export const readContents: ReadContents = async (path, form, reader, signal) => {
  const file = await openFile(path);
  if (file === undefined) return undefined;
  try {
    const proven =
      form.coding === undefined
        ? await proveWhole(file, signal)
        : await proveOwnedInSlices(await joinChunks(formChunks(form, file, reader)), { signal });
    return { checksum: proven.checksum, proven };
  } finally {
    await file.handle.close();
  }
};

/** The checksum alone, in constant memory. */
export const hashContents: ReadContents = async (path, form, reader, signal) => {
  const file = await openFile(path);
  if (file === undefined) return undefined;
  try {
    const hash = createSha256();
    for await (const chunk of formChunks(form, file, reader)) {
      signal?.throwIfAborted();
      hash.update(chunk);
    }
    return { checksum: new Checksum(hash.digest()) };
  } finally {
    await file.handle.close();
  }
};

/** Hashed while it is read. */
async function proveWhole(file: OpenFile, signal: AbortSignal | undefined): Promise<ProvenBytes> {
  const prover = createProver();
  await readWhole(file, (slice) => prover.update(slice), signal);
  return prover.finish();
}
