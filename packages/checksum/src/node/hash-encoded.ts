import type { AbortOptions } from "@seamless/internal/abort";
import { compareCodePoints } from "@seamless/internal/code-points";
import { mapParallel } from "@seamless/internal/parallel";
import { showPath } from "@seamless/internal/text";
import { isSeamlessError, SeamlessError } from "../errors.ts";
import type { Decode, ProvenDecoding } from "../proven-decoding.ts";
import { hashFile } from "./checksum-file.ts";
import { DIGEST, type HashJob } from "./hash-job.ts";
import { Recall } from "./recall.ts";

/** How files are decompressed, by the suffix of their names. */
export type Decoders = Readonly<Record<string, Decode>>;

/** Files by the names that they have in an index. */
export interface NamedFiles {
  /** In the index, by code point. */
  readonly paths: readonly string[];
  /** Where each is, in the same order. */
  readonly files: readonly string[];
  /** How it is decompressed; `undefined` if it is not. */
  readonly decoders: readonly (Decode | undefined)[];
  /** Filled as they are hashed: the proofs of those that were decompressed. */
  readonly decodings: (ProvenDecoding | undefined)[];
}

/**
 * The names of files without the suffixes of those that are to be decompressed.
 *
 * @param files - By code point.
 * @param errors - Gets one for each two files that would have the same name.
 */
export function nameFiles(
  root: string,
  files: readonly string[],
  decoders: Decoders,
  errors: SeamlessError[],
): NamedFiles {
  const suffixes = Object.entries(decoders);
  const named = files.map((file) => {
    const [suffix, decode] = suffixes.find(([suffix]) => isSuffixed(file, suffix)) ?? [];
    return { file, decode, path: suffix === undefined ? file : file.slice(0, -suffix.length) };
  });
  named.sort((a, b) => compareCodePoints(a.path, b.path));
  const fail = (file: string, other: string, path: string) => {
    const both = `${showPath(`${root}/${other}`)} and ${showPath(`${root}/${file}`)}`;
    const message = `${both} would both be ${showPath(path)} in the index: leave out one of them`;
    errors.push(new SeamlessError("INVALID_NAME", message, { file: `${root}/${file}` }));
  };
  const folders = new Set(named.some(({ decode }) => decode !== undefined) ? files.flatMap(foldersOf) : []);
  for (const [i, { path, file, decode }] of named.entries()) {
    const before = named[i - 1];
    if (before?.path === path) fail(file, before.file, path);
    else if (decode !== undefined && folders.has(path)) fail(file, path, path);
  }
  return {
    paths: named.map(({ path }) => path),
    files: named.map(({ file }) => file),
    decoders: named.map(({ decode }) => decode),
    decodings: [],
  };
}

/** All that a file is in, below the directory; none with a slash at its end. */
function foldersOf(file: string): string[] {
  const parts = file.split("/");
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join("/"));
}

/** A suffix alone is a name. */
function isSuffixed(file: string, suffix: string): boolean {
  return file.endsWith(suffix) && file.length > suffix.length && file.at(-suffix.length - 1) !== "/";
}

/** Which files of a job are to be decompressed. */
export function encodedFlags(decoders: NamedFiles["decoders"]): Uint8Array<SharedArrayBuffer> | undefined {
  if (decoders.every((decode) => decode === undefined)) return undefined;
  const flags = new Uint8Array(new SharedArrayBuffer(decoders.length));
  for (const [i, decode] of decoders.entries()) flags[i] = decode === undefined ? 0 : 1;
  return flags;
}

/** Files that are decompressed at a time: zlib has threads of its own. */
const AT_ONCE = 4;

/**
 * Hash what the threads have left of a job: the content of compressed files.
 *
 * @param onError - Called for a file that failed.
 * @throws the signal's reason.
 */
export async function hashEncoded(
  job: HashJob,
  { files, decoders, decodings }: NamedFiles,
  onError: (error: SeamlessError) => void,
  { signal }: AbortOptions,
): Promise<void> {
  const left = function* () {
    for (let i = 0; i < job.count; i++) if (decoders[i] !== undefined && Number.isNaN(job.sizes[i])) yield i;
  };
  const digests = Buffer.from(job.digests);
  await mapParallel(left(), { limit: AT_ONCE, signal }, async (index) => {
    const path = `${job.root}/${files[index]}`;
    // Each its own: it holds the file that was looked for last.
    const recall = job.recall && new Recall(job.recall);
    let before = 0;
    try {
      // Not remembered, or all are to be read.
      recall?.find(path, index, digests);
      const found = await hashFile(path, {
        signal,
        decode: decoders[index],
        stamp: recall?.stamp,
        onProgress: ({ bytes }) => {
          Atomics.add(job.bytes, 0, BigInt(bytes - before));
          before = bytes;
        },
      });
      const hex = found.checksum.hex();
      digests.write(hex, index * DIGEST, "hex");
      recall?.learn(index, hex);
      decodings[index] = found.decoding;
      job.sizes[index] = found.length;
    } catch (error) {
      signal?.throwIfAborted();
      if (!isSeamlessError(error)) throw error;
      onError(error);
    }
  });
}
