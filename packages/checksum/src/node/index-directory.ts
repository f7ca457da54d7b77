import { stat } from "node:fs/promises";
import type { AbortOptions } from "@seamless/internal/abort";
import { compareCodePoints } from "@seamless/internal/code-points";
import { showPath } from "@seamless/internal/text";
import { Checksum } from "../checksum.ts";
import { type DirectoryIndex, serializeSorted } from "../directory-index.ts";
import { SeamlessError } from "../errors.ts";
import type { ProvenDecoding } from "../proven-decoding.ts";
import { hashInSlices } from "../slices.ts";
import { findFiles, type SkippedFile } from "./find-files.ts";
import { type Decoders, encodedFlags, hashEncoded, type NamedFiles, nameFiles } from "./hash-encoded.ts";
import { type FileDigests, type HashFilesOptions, runPool } from "./hash-files.ts";
import { IncrementalHasher, type MemoryOptions, type MemoryReport } from "./hash-incrementally.ts";
import { createHashJob, jobChecksums } from "./hash-job.ts";
import { absolutePath, fileError } from "./path.ts";

/** How far the work is. */
export interface IndexProgress {
  readonly files: number;
  readonly totalFiles: number;
  readonly bytes: number;
  readonly totalBytes: number;
}

export interface IndexDirectoryOptions extends AbortOptions {
  /** Called about ten times a second. Costs a look at each file beforehand, for the total. */
  readonly onProgress?: ((progress: IndexProgress) => void) | undefined;
  /**
   * Threads that hash, at most; workers start only when there is enough to do.
   * @default the number of processors, at most 8
   */
  readonly threads?: number | undefined;
  /**
   * Says of a relative path whether it counts. That of a folder ends with a slash; what is in a folder that does not count is
   * not looked at.
   * @default all do
   */
  readonly select?: ((path: string) => boolean) | undefined;
  /**
   * Remembers checksums in a file, so that what has not changed since is not read again. A change by way of memory that
   * is mapped, and of a clock that was set back, may not be seen.
   * @default not
   */
  readonly memory?: MemoryOptions | undefined;
  /**
   * How files are decompressed, by the suffix of their names (`.gz`): they count as what they hold, under their names without
   * the suffix, as in Seamless 1.4. Two files of one name are then an error.
   * @default none is: all count as they are
   */
  readonly decoders?: Decoders | undefined;
}

/** A compressed file, and what it holds. */
export interface DecodedFile {
  /** Where it is, relative to the directory. */
  readonly file: string;
  /** Of what it holds, in bytes. */
  readonly length: number;
  /** The proof; `undefined` if it was remembered what it holds, and it was not read. */
  readonly decoding: ProvenDecoding | undefined;
}

export interface IndexedDirectory {
  /** Relative path → checksum, by code point. */
  readonly entries: DirectoryIndex;
  /** How many there are. */
  readonly files: number;
  /** Those of the entries. */
  readonly paths: readonly string[];
  /** Of compressed files that count as what they hold, by their paths in the index. */
  readonly decoded: ReadonlyMap<string, DecodedFile>;
  /** What the `.INDEX` file holds. */
  readonly buffer: Uint8Array<ArrayBuffer>;
  /** The checksum of `buffer`: that of the directory. */
  readonly checksum: Checksum;
  /** Size of all files together, in bytes. */
  readonly bytes: number;
  /** FIFOs, sockets and devices, by code point: never opened, and not in the index. */
  readonly skipped: readonly SkippedFile[];
  /** How many entries `select` has left out; what is in a folder is not counted. */
  readonly leftOut: { readonly files: number; readonly folders: number };
  /** What came of `memory`. */
  readonly memory?: MemoryReport | undefined;
}

/**
 * The checksums of all files of a directory, at any depth, hidden ones too, and of the directory as a whole. A link to
 * a file counts as that file; links to directories are not followed; empty directories leave no trace. Writes nothing.
 *
 * @param path - The directory.
 * @throws {SeamlessError} `NOT_FOUND`, `NOT_A_DIRECTORY`; for what is wrong with a file in it: `NOT_FOUND` (a dangling
 * link), `INVALID_NAME` (not UTF-8), `PERMISSION_DENIED`, `FILE_CHANGED` and other file codes, or `INDEX_FAILED` with
 * all of them in `errors` if there are several. What a look at the folders shows (links, names, folders that cannot be
 * listed) is thrown before any file is read, and then what is wrong with the files. What `onProgress` throws passes
 * unchanged.
 *
 * @example
 * import { mkdir, writeFile } from "node:fs/promises";
 * import { indexDirectory } from "@seamless/checksum/node";
 * await mkdir("data");
 * await writeFile("data/a.txt", "hello\n");
 * const { entries, checksum } = await indexDirectory("data");
 * console.log([...entries.keys()]); // → [ 'a.txt' ]
 * console.log(checksum.hex()); // → 40bb5584a5b0f69dea87c0aa97a948a5bb947e3371c583fb0e03173fc5a96c85
 */
export async function indexDirectory(
  path: string | URL,
  options: IndexDirectoryOptions = {},
): Promise<IndexedDirectory> {
  options.signal?.throwIfAborted();
  const root = absolutePath(path);
  await failIfNoDirectory(root);
  const { memory, threads } = options;
  const hasher = memory && (await IncrementalHasher.open(memory, { threads }));
  try {
    return await index(root, hasher, options);
  } finally {
    await hasher?.close();
  }
}

async function index(
  root: string,
  hasher: IncrementalHasher | undefined,
  { signal, onProgress, threads, select, decoders }: IndexDirectoryOptions,
): Promise<IndexedDirectory> {
  const found = await findFiles(root, { signal, select });
  const { skipped, errors, leftOut } = found;
  const named = decoders === undefined ? asTheyAre(found.files) : nameFiles(root, found.files, decoders, errors);
  const { paths, files } = named;
  // Hashing may take hours: what has to be repaired first is reported before.
  failForAll(root, errors);
  const totalBytes = onProgress === undefined ? 0 : await totalSize(root, files, signal);
  const pool: HashFilesOptions = {
    signal,
    threads,
    onProgress: onProgress && ((done) => onProgress({ ...done, totalFiles: files.length, totalBytes })),
  };
  const hashed: FileDigests & { readonly memory?: MemoryReport } = await (hasher === undefined
    ? hashNamed(root, named, pool)
    : hasher.hash(root, named, { ...pool, keepOthers: select !== undefined }));
  failForAll(root, hashed.errors);
  const hex = (start: number, end: number) => jobChecksums(hashed, start, end) as readonly string[];
  const buffer = serializeSorted(paths, hex);
  const checksum = await hashInSlices(buffer, { signal });
  let entries: DirectoryIndex | undefined;
  return {
    // Made when it is first asked for: of many files that takes as long as to look at all that have not changed.
    get entries() {
      entries ??= new Map(hex(0, paths.length).map((digits, i) => [paths[i]!, new Checksum(digits)] as const));
      return entries;
    },
    files: paths.length,
    paths,
    decoded: new Map(
      named.decoders.flatMap((decode, i) =>
        decode === undefined
          ? []
          : [[paths[i]!, { file: files[i]!, length: hashed.sizes[i]!, decoding: named.decodings[i] }] as const],
      ),
    ),
    buffer,
    checksum,
    bytes: hashed.bytes,
    skipped,
    leftOut,
    memory: hashed.memory,
  };
}

/** Files that are not decompressed. */
function asTheyAre(files: readonly string[]): NamedFiles {
  return { paths: files, files, decoders: [], decodings: [] };
}

function hashNamed(root: string, named: NamedFiles, pool: HashFilesOptions): Promise<FileDigests> {
  const job = createHashJob(root, named.files, { encoded: encodedFlags(named.decoders) });
  return runPool(job, pool, [], (onError) => hashEncoded(job, named, onError, pool));
}

/** @throws {SeamlessError} `NOT_FOUND`, `NOT_A_DIRECTORY` and other file codes. */
export async function failIfNoDirectory(path: string): Promise<void> {
  try {
    if ((await stat(path)).isDirectory()) return;
  } catch (error) {
    throw fileError(error, path, "index");
  }
  throw new SeamlessError("NOT_A_DIRECTORY", `cannot index ${showPath(path)}: it is not a directory`, { file: path });
}

/** Files that cannot be looked at count nothing here; hashing them says what is wrong. */
async function totalSize(root: string, files: readonly string[], signal: AbortSignal | undefined): Promise<number> {
  let total = 0;
  for (let start = 0; start < files.length; start += 64) {
    signal?.throwIfAborted();
    const batch = files.slice(start, start + 64).map((file) => stat(`${root}/${file}`));
    for (const result of await Promise.allSettled(batch)) {
      if (result.status === "fulfilled") total += result.value.size;
    }
  }
  return total;
}

function failForAll(root: string, errors: readonly SeamlessError[]): void {
  if (errors.length === 0) return;
  if (errors.length === 1) throw errors[0];
  const sorted = [...errors].sort((a, b) => compareCodePoints(a.file ?? "", b.file ?? ""));
  const shown = sorted.slice(0, 5).map((error) => `\n  ${error.message}`);
  const more = sorted.length > shown.length ? `\n  and ${sorted.length - shown.length} more` : "";
  throw new SeamlessError(
    "INDEX_FAILED",
    `cannot index ${showPath(root)}: ${errors.length} files failed${shown.join("")}${more}`,
    { file: root, errors: sorted },
  );
}
