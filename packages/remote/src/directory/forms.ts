import { basename } from "node:path";
import { Checksum, createSha256, isSeamlessError, type ProvenBytes } from "@seamless/checksum";
import { createProver, proveOwnedInSlices } from "@seamless/checksum/unsafe";
import { type ChunkMemory, type Coding, joinChunks, type TransferOptions, withProgress } from "@seamless/store";
import { decode } from "../encoding/decode.ts";
import {
  allowedLength,
  confirmsLength,
  type DecodeLimits,
  MAX_RECORD,
  type Parts,
  parseRecord,
} from "../encoding/decoded-length.ts";
import { type Form, LENGTH_SUFFIX } from "../encoding/forms.ts";
import { verifiedEncoded } from "../encoding/verified-encoded.ts";
import { chunks, type OpenFile, openFile, readPart, readWhole } from "./read-file.ts";

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
  coding: Coding,
  form: Form,
  file: OpenFile,
  { store, limits, chunkSize }: FormOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const allowed = await allowedOf(coding, form, file, limits);
  yield* decode([coding], chunks(file, chunkSize), { ...originOf(store, form, file), ...allowed });
}

/** Where encoded bytes come from: which of many thousand files is damaged must be known. */
function originOf(store: string, { suffix }: Form, { path, size }: OpenFile) {
  return { store, file: path, checksum: new Checksum(basename(path, suffix)), encodedLength: size };
}

/** What a compressed file may become, by what is recorded beside it. */
async function allowedOf(coding: Coding, form: Form, file: OpenFile, limits: DecodeLimits) {
  const recorded = await recordedLength(file.path.slice(0, -form.suffix.length) + LENGTH_SUFFIX);
  return allowedLength(coding, partsOf(file), limits, recorded);
}

/** The bytes of a compressed file as they are, but decoded and hashed on their way. */
export async function* encodedChunks(
  checksum: Checksum,
  form: Form,
  file: OpenFile,
  { store, limits, chunkSize }: FormOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const coding = form.coding!;
  const allowed = await allowedOf(coding, form, file, limits);
  const options = { ...originOf(store, form, file), ...allowed };
  yield* verifiedEncoded(checksum, coding, chunks(file, chunkSize), options);
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
    if (recorded !== undefined && (await confirmsLength(form.coding!, partsOf(file), recorded))) return recorded;
    let length = 0;
    for await (const chunk of formChunks(form, file, options)) length += chunk.byteLength;
    return length;
  } finally {
    await file.handle.close();
  }
}

export const partsOf = (file: OpenFile): Parts => ({
  size: file.size,
  read: (position, length) => readPart(file, position, length),
});

/** The length in a file of digits; `undefined` for any other content, and if the file cannot be read. */
async function recordedLength(path: string): Promise<number | undefined> {
  try {
    const file = await openFile(path);
    if (file === undefined) return undefined;
    try {
      const bytes = file.size <= MAX_RECORD ? await readWhole(file, () => {}, undefined) : new Uint8Array();
      return parseRecord(bytes);
    } finally {
      await file.handle.close();
    }
  } catch (error) {
    if (isSeamlessError(error)) return undefined;
    throw error;
  }
}

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
