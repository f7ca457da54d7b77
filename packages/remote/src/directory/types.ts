import type { AbortOptions, Checksum, SeamlessError } from "@seamless/checksum";
import type { CheckOptions, CheckResult, Clock, Coding, DeleteOptions, ListedBuffer, Store } from "@seamless/store";

/**
 * Where the file of a buffer lies in the store's folder: at `ab/abcdef…` (`prefix`), or at `abcdef…` (`flat`). Seamless
 * hashservers use the same two layouts.
 */
export type DirectoryLayout = "prefix" | "flat";

/** Options of `directoryStore`. */
export interface DirectoryStoreOptions {
  /**
   * Where buffers lie. A folder with buffers in it can only be written in the layout that it has.
   * @default the layout that the folder has, "prefix" for an empty one
   */
  readonly layout?: DirectoryLayout | undefined;
  /** Whether `put`, `delete` and quarantine are allowed. @default true */
  readonly writable?: boolean | undefined;
  /**
   * Compress what is written, where that saves a tenth of its first 64 KiB, and record its length beside it. Buffers that are
   * there in any form stay as they are. zstd takes Node 22.15 or newer, or the package "@hpcc-js/wasm-zstd".
   * @default not
   */
  readonly compress?: Coding | undefined;
  /** How hard to compress: 1 to 9 for gzip, to 19 for zstd. @default 6 for gzip, 3 for zstd */
  readonly level?: number | undefined;
  /**
   * Whether `put` waits until a buffer has reached the disk. Without, puts take a fraction of the time, and after the machine has
   * lost power the newest buffers may be missing or wrong: which is noticed when they are read, and mended when they are put again.
   * @default true
   */
  readonly sync?: boolean | undefined;
  /** Name of the store in messages. @default the path */
  readonly name?: string | undefined;
  /**
   * How long to wait for the lock of another program, or for its upload of the same buffer, in milliseconds.
   * @default 10,000
   */
  readonly lockTimeout?: number | undefined;
  /**
   * Largest decoded size of a compressed file, in bytes, unless a larger one is recorded beside it. `get` needs that much
   * memory.
   * @default 2 ** 30
   */
  readonly maxDecodedBytes?: number | undefined;
  /**
   * Largest ratio of decoded to compressed size, unless the decoded size is recorded beside the file.
   * @default 1,000
   */
  readonly maxDecodedRatio?: number | undefined;
  /**
   * Clock for waits; tests give another one.
   * @default the system's, whose waits keep the process alive
   */
  readonly clock?: Clock | undefined;
}

/** A folder of buffers: a store that can also list, delete and verify what it has. */
export interface DirectoryStore extends Store, AsyncDisposable {
  /** Absolute path of the folder. */
  readonly path: string;
  /** As far as it is known: the first program that writes to an empty folder decides. */
  readonly layout: DirectoryLayout;
  /** Compressed buffers as they lie; none that takes a decoder of zstd more than 8 MiB. */
  readonly getEncoded: NonNullable<Store["getEncoded"]>;
  /** Keeps a buffer as it is compressed, and its length beside it. One that is there in any form stays as it is. */
  readonly putEncoded: NonNullable<Store["putEncoded"]>;
  /**
   * Lists all buffers, in no particular order, while the folder is read; also those that are compressed or decompressed just
   * then, which may come twice. Takes constant memory, but for what was put within the last minute.
   */
  list(options?: AbortOptions): AsyncGenerator<ListedBuffer, void, undefined>;
  /**
   * Removes a buffer for good, compressed forms included.
   *
   * @returns whether the folder had it, at least as old as `minAge` asks.
   * @throws {SeamlessError} `READ_ONLY`; file codes.
   */
  delete(checksum: Checksum, options?: DeleteOptions): Promise<boolean>;
  /**
   * Makes the files of buffers as young as if they had been put now.
   *
   * @returns which are there, in the order asked; one that is another user's, and may not be touched, counts as missing.
   * @throws {SeamlessError} `READ_ONLY`; file codes.
   */
  touch(checksums: readonly Checksum[], options?: AbortOptions): Promise<boolean[]>;
  /**
   * Hashes every buffer again. Changes nothing, unless `quarantine` is set.
   *
   * @throws {SeamlessError} `READ_ONLY` for `quarantine` in a store that is not writable; file codes for the folder itself.
   * The report has what is wrong with single files.
   */
  verify(options?: VerifyOptions): Promise<VerifyReport>;
  /**
   * Hashes some buffers again, on several threads where that is faster, in constant memory. Waits for no lock and changes
   * nothing.
   *
   * @param checksums - Any number, in any order; one that comes twice is hashed twice.
   * @returns one verdict for each, in the same order.
   * @throws {SeamlessError} file codes for the folder itself; the signal's reason; what `onProgress` throws.
   */
  check(checksums: readonly Checksum[], options?: CheckOptions): Promise<Verdict[]>;
  /**
   * Compresses the buffers of the folder in place, where that saves a tenth of the first 64 KiB. At every moment each can be
   * read; a run that was broken off goes on when it is called again. What is compressed already, in any way, stays so, as do
   * links, buffers that have other hard links, and what is corrupt. What is compressed is as young as if it had been put.
   *
   * @throws {SeamlessError} before anything is written: `INVALID_ARGUMENT`, `UNSUPPORTED` for zstd where nothing can write it,
   * `READ_ONLY`; `DISK_FULL`; file codes for folders. The signal's reason. The report has what is wrong with single buffers.
   */
  compress(options?: CompressOptions): Promise<RewriteReport>;
  /**
   * Makes the compressed buffers of the folder plain files again, in place: see `compress`.
   *
   * @throws {SeamlessError} `READ_ONLY`, `DISK_FULL`; file codes for folders. The signal's reason.
   */
  decompress(options?: RewriteOptions): Promise<RewriteReport>;
  /**
   * The file of a buffer that is there as it is: to link to it (`linkAtomic`), never to change it. Its bytes are taken on trust.
   *
   * @returns an absolute path; `undefined` if the buffer is missing, compressed, or still being written.
   */
  plainFile(checksum: Checksum): Promise<string | undefined>;
  /**
   * Puts a file by linking it, in place of copying it. It is hashed where it then lies. A hard link is one file by two names, which
   * becomes read-only: who changes it corrupts the buffer.
   *
   * @throws {SeamlessError} `UNSUPPORTED` if it cannot be linked: put its bytes; `CHECKSUM_MISMATCH`, `READ_ONLY`; file codes.
   */
  putLink(checksum: Checksum, file: string, kind: "hard" | "reflink", options?: AbortOptions): Promise<void>;
  /** Waits until leftovers that are just being removed are gone. */
  close(): Promise<void>;
  /** As `close`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * What `check` says of a buffer:
 * - `ok`: the folder has it, compressed or not, and its bytes have the checksum;
 * - `missing`: the folder does not have it, or another program is still writing it;
 * - `corrupt`: the file with its name has other bytes;
 * - `unreadable`: the file with its name cannot be read (a broken link, for instance).
 * A `put` repairs all but the first, unless permissions forbid it.
 */
export type Verdict = Exclude<CheckResult, "unknown">;

/** Options of `verify`. */
export interface VerifyOptions extends AbortOptions {
  /**
   * Move corrupt and unreadable files to `.quarantine` in the folder, but for those that are locked or were changed less than
   * an hour ago: another program may be writing them.
   * @default false
   */
  readonly quarantine?: boolean | undefined;
  /** Called about ten times a second, and at the end. Costs one `stat` of each file in advance, for the totals. */
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined;
}

/** How far `verify` is, in files and in bytes. */
export interface VerifyProgress {
  /** Files that were hashed so far. */
  readonly files: number;
  readonly totalFiles: number;
  /** Their size, as it is on the disk. */
  readonly bytes: number;
  readonly totalBytes: number;
}

/** A file whose bytes do not have the checksum in its name, or one to quarantine that cannot be read. */
export interface CorruptFile {
  readonly checksum: Checksum;
  /** Path of the file, relative to the folder. */
  readonly file: string;
  /** Its size, in bytes. */
  readonly size: number;
  /** Where it was moved to, relative to the folder. */
  readonly quarantined?: string | undefined;
  /** Why it could not be read; `undefined` for one that was read and has other bytes. */
  readonly error?: SeamlessError | undefined;
  /** Why it was not moved. */
  readonly spared?: "locked" | "young" | undefined;
}

/** One step of `verify`: what it took. */
export interface VerifyStep {
  readonly name: "survey" | "check" | "quarantine";
  /** In milliseconds. */
  readonly time: number;
  /** Files that it processed. */
  readonly files: number;
}

/** Result of `verify`. All paths are relative to the folder. */
export interface VerifyReport {
  /** Whether nothing is corrupt or unreadable. */
  readonly ok: boolean;
  /** Number of correct buffers. */
  readonly buffers: number;
  /** Their size, as it is on the disk, in bytes. */
  readonly bytes: number;
  readonly corrupt: readonly CorruptFile[];
  /** Files that could not be read, and anything else in the place of a buffer or of a folder of buffers. */
  readonly unreadable: readonly SeamlessError[];
  /** Files that another program has locked: not checked. */
  readonly locked: readonly string[];
  /** Buffers in a place where this layout does not look for them: not checked. */
  readonly misplaced: readonly string[];
  /** Temporary files, an hour old or more, of writers that were killed: the next `put` removes them. */
  readonly leftovers: readonly string[];
  /** Younger temporary files: another program may be writing them. */
  readonly unfinished: readonly string[];
  /** Everything else in the folder: not a file of a store. */
  readonly foreign: readonly string[];
  readonly steps: readonly VerifyStep[];
}

/** How a folder is compressed or decompressed. */
export interface RewriteOptions extends AbortOptions {
  /** Only find out what would become of it: all is read and encoded, and nothing written. @default false */
  readonly dryRun?: boolean | undefined;
  /** Called after each buffer. Costs a list of the folder in advance, for the total. */
  readonly onProgress?: ((progress: RewriteProgress) => void) | undefined;
  /** Called with each failure of a single buffer. */
  readonly onError?: ((error: SeamlessError) => void) | undefined;
}

/** How a folder is compressed. */
export interface CompressOptions extends RewriteOptions {
  /** @default the one that the store writes, or else "zstd" */
  readonly coding?: Coding | undefined;
  /** How hard to compress: 1 to 9 for gzip, to 19 for zstd. @default 6 for gzip, 3 for zstd */
  readonly level?: number | undefined;
}

/** How far it is. */
export interface RewriteProgress {
  /** Files that were looked at. */
  readonly files: number;
  readonly totalFiles: number;
  /** What the files took that were rewritten. */
  readonly bytes: number;
}

/** What was compressed or decompressed. */
export interface RewriteReport {
  /** Buffers that were rewritten, or would be in a dry run. */
  readonly rewritten: number;
  /** What their files took before and after, in bytes. */
  readonly before: number;
  readonly after: number;
  /** Files that were left as they are: what does not become a tenth smaller, and links. */
  readonly left: number;
  /** Files that were left since another program has locked them. */
  readonly locked: number;
  /** Files that were left since they are corrupt, or something failed. */
  readonly failed: number;
  /** Why: of the first hundred. */
  readonly errors: readonly SeamlessError[];
}
