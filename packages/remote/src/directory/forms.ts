import { Checksum, createSha256, isSeamlessError, type ProvenBytes } from "@seamless/checksum";
import { createProver, proveOwnedInSlices } from "@seamless/checksum/unsafe";
import { littleEndian } from "@seamless/internal/bytes";
import { type ChunkMemory, joinChunks, type TransferOptions, withProgress } from "@seamless/store";
import { decode } from "../encoding/decode.ts";
import { type Form, LENGTH_SUFFIX } from "./layout.ts";
import { chunks, type OpenFile, openFile, readPart, readWhole } from "./read-file.ts";

/** Limits of the decoded size of a compressed form, unless its length is recorded beside it. */
interface DecodeLimits {
  /** In bytes. */
  readonly limit: number;
  /** As a multiple of the size of the file. */
  readonly ratio: number;
}

/** How the files of a store are read. */
export interface FormOptions {
  /** The name of the store, for messages. */
  readonly store: string;
  readonly limits: DecodeLimits;
  /** Wished size of chunks, in bytes. */
  readonly chunkSize?: number | undefined;
  /** Told of what has been read, and of the size of the file if it is plain. */
  readonly onProgress?: TransferOptions["onProgress"];
  /** Where chunks of plain files are put. Not those for a decoder, which may still read one while it asks for the next. */
  readonly memory?: ChunkMemory | undefined;
}

/** Largest size of a recorded length, in bytes: digits and some white space. */
const MAX_RECORD = 32;

/**
 * The bytes of a buffer, decoded if need be.
 *
 * @param start - Where a plain file is begun, in bytes.
 */
export function formChunks(
  form: Form,
  file: OpenFile,
  options: FormOptions,
  start = 0,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { coding } = form;
  return coding === undefined
    ? chunks(file, options.chunkSize, options.memory, start)
    : decodedChunks(coding, form, file, options);
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
 * The recorded length is the limit if the file states the same one itself. If the file states none, the record can only raise
 * the limit: a wrong record must not make a correct buffer unreadable.
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
 * The length of a compressed buffer, in bytes: the recorded one if the file states the same, otherwise found by decoding.
 *
 * @param path - Of the compressed file.
 * @returns `undefined` if the file has just been removed.
 */
export async function decodedLength(form: Form, path: string, options: FormOptions): Promise<number | undefined> {
  const file = await openFile(path);
  if (file === undefined) return undefined;
  try {
    const recorded = await recordedLength(path.slice(0, -form.suffix.length) + LENGTH_SUFFIX);
    if (recorded !== undefined && (await STATED[form.coding!](file)) === recorded) return recorded;
    let length = 0;
    for await (const chunk of formChunks(form, file, options)) length += chunk.byteLength;
    return length;
  } finally {
    await file.handle.close();
  }
}

/** The length in a file of digits; `undefined` for any other content, and if the file cannot be read. */
async function recordedLength(path: string): Promise<number | undefined> {
  try {
    const file = await openFile(path);
    if (file === undefined) return undefined;
    try {
      const bytes = file.size <= MAX_RECORD ? await readWhole(file, () => {}, undefined) : new Uint8Array();
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

/** Coding → the decoded length that a file states itself, in bytes; `undefined` if it states none. */
const STATED: Readonly<Record<NonNullable<Form["coding"]>, (file: OpenFile) => Promise<number | undefined>>> = {
  /** The last four bytes (RFC 1952, section 2.3.1): of the last member, and only the low 32 bits. */
  async gzip(file) {
    return file.size < 18 ? undefined : littleEndian(await readPart(file, file.size - 4, 4));
  },
  /** In the header of the first frame, mostly (RFC 8878, section 3.1.1.1). */
  async zstd(file) {
    const header = await readPart(file, 0, 18);
    if (header.byteLength < 6 || littleEndian(header.subarray(0, 4)) !== 0xfd2fb528) return undefined;
    const descriptor = header[4]!;
    const single = (descriptor >> 5) & 1;
    const bytes = [single, 2, 4, 8][descriptor >> 6]!;
    if (bytes === 0) return undefined;
    const start = 6 - single + [0, 1, 2, 4][descriptor & 3]!;
    // Two bytes count from 256 on.
    return littleEndian(header.subarray(start, start + bytes)) + (bytes === 2 ? 256 : 0);
  },
};

/** The contents of a file, after decoding. */
interface Contents {
  readonly checksum: Checksum;
  /** The bytes; missing if only their checksum was asked for. */
  readonly proven?: ProvenBytes | undefined;
}

/** Reads the contents of a file; `undefined` if it does not exist. */
export type ReadContents = (
  path: string,
  form: Form,
  options: FormOptions,
  signal: AbortSignal | undefined,
) => Promise<Contents | undefined>;

/** All bytes, hashed in slices, so that a gigabyte does not block the event loop. */
export const readContents: ReadContents = async (path, form, options, signal) => {
  const file = await openFile(path);
  if (file === undefined) return undefined;
  try {
    const proven =
      form.coding === undefined
        ? await proveWhole(file, options, signal)
        : await proveOwnedInSlices(
            await joinChunks(withProgress(formChunks(form, file, options), options.onProgress)),
            {
              signal,
            },
          );
    return { checksum: proven.checksum, proven };
  } finally {
    await file.handle.close();
  }
};

/** The checksum alone, in constant memory. */
export const hashContents: ReadContents = async (path, form, options, signal) => {
  const file = await openFile(path);
  if (file === undefined) return undefined;
  try {
    const hash = createSha256();
    for await (const chunk of formChunks(form, file, options)) {
      signal?.throwIfAborted();
      hash.update(chunk);
    }
    return { checksum: new Checksum(hash.digest()) };
  } finally {
    await file.handle.close();
  }
};

/** Hashed while it is read. */
async function proveWhole(
  file: OpenFile,
  { onProgress }: FormOptions,
  signal: AbortSignal | undefined,
): Promise<ProvenBytes> {
  const prover = createProver();
  let bytes = 0;
  const take = (slice: Uint8Array) => {
    prover.update(slice);
    bytes += slice.byteLength;
    onProgress?.({ bytes, totalBytes: file.size });
  };
  await readWhole(file, take, signal);
  return prover.finish();
}
