import type { AbortOptions, Checksum, SeamlessError } from "@seamless/checksum";
import type { CheckOptions, CheckResult, Clock, Store } from "@seamless/store";

/**
 * Where the file of a buffer lies in its folder: `prefix` is `ab/abcdef…`, `flat` is `abcdef…`. Both as a Seamless
 * hashserver has them.
 */
export type DirectoryLayout = "prefix" | "flat";

export interface DirectoryStoreOptions {
  /**
   * Where buffers lie. A folder that is not empty has a layout already, and cannot be written in another.
   * @default the layout that the folder has, "prefix" for an empty one
   */
  readonly layout?: DirectoryLayout | undefined;
  /** Whether `put`, `delete` and quarantine are allowed. @default true */
  readonly writable?: boolean | undefined;
  /**
   * For messages.
   * @default the path
   */
  readonly name?: string | undefined;
  /**
   * How long to wait for a lock of another tool, or for its upload of the same buffer, in milliseconds.
   * @default 10,000
   */
  readonly lockTimeout?: number | undefined;
  /**
   * What a compressed form may become, in bytes, unless the length that is recorded beside it is larger.
   * @default 2 ** 30
   */
  readonly maxDecodedBytes?: number | undefined;
  /**
   * How many times its size a compressed form may become, unless its length is recorded beside it.
   * @default 1,000
   */
  readonly maxDecodedRatio?: number | undefined;
  /**
   * By whose time others are waited for.
   * @default the system's
   */
  readonly clock?: Clock | undefined;
}

/** A buffer of a folder, as its name and its size say: not verified. */
export interface ListedBuffer {
  readonly checksum: Checksum;
  /** In bytes; `undefined` for one that is there only in a compressed form. */
  readonly length: number | undefined;
}

/** A folder of buffers. */
export interface DirectoryStore extends Store {
  /** Absolute path of the folder. */
  readonly path: string;
  /** As far as it is known: that of an empty folder is decided by whoever is the first to write. */
  readonly layout: DirectoryLayout;
  /** All buffers, in no order, as they are found: in constant memory, but for the names of one folder. */
  list(options?: AbortOptions): AsyncGenerator<ListedBuffer, void, undefined>;
  /**
   * Remove a buffer for good, in all its forms.
   *
   * @returns whether it was there.
   * @throws {SeamlessError} `READ_ONLY`; file codes.
   */
  delete(checksum: Checksum, options?: AbortOptions): Promise<boolean>;
  /**
   * Hash every buffer again. Changes nothing, unless asked to put aside what is corrupt.
   *
   * @throws {SeamlessError} `READ_ONLY` if asked to quarantine in a store that is not writable; file codes for the
   * folder itself. What is wrong with a single file is in the report.
   */
  verify(options?: VerifyOptions): Promise<VerifyReport>;
  /**
   * Hash some buffers again, where they lie: on several threads where that pays, in constant memory, and without giving out
   * a byte. What is wrong with a single buffer is its verdict; nothing is waited for, and nothing changed.
   *
   * @param checksums - Any number, in any order; one that comes twice is hashed twice.
   * @returns one verdict for each, in the same order.
   * @throws {SeamlessError} file codes for the folder itself; the signal's reason; what `onProgress` throws.
   */
  check(checksums: readonly Checksum[], options?: CheckOptions): Promise<Verdict[]>;
  close(): Promise<void>;
}

/**
 * What `check` says of a buffer:
 * - `ok`: it lies there, in some form, and its bytes have its checksum;
 * - `missing`: it does not, or another program is still writing it;
 * - `corrupt`: something lies there by its name, and is not the buffer;
 * - `unreadable`: something lies there, and cannot be read (a link that leads nowhere, for instance).
 * A `put` mends all but the first, unless the folder does not allow it.
 */
export type Verdict = Exclude<CheckResult, "unknown">;

export interface VerifyOptions extends AbortOptions {
  /**
   * Move what is corrupt or cannot be read to `.quarantine` in the folder. Never what has a lock or was changed less than an
   * hour ago: somebody may be writing it.
   * @default false
   */
  readonly quarantine?: boolean | undefined;
  /** Called about ten times a second, and at the end. Costs a look at each file beforehand, for the total. */
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined;
}

/** How far `verify` is. */
export interface VerifyProgress {
  readonly files: number;
  readonly totalFiles: number;
  readonly bytes: number;
  readonly totalBytes: number;
}

/** A file whose bytes do not have the checksum that is its name, or one to put aside that cannot be read. */
export interface CorruptFile {
  readonly checksum: Checksum;
  /** Path of the file, relative to the folder. */
  readonly file: string;
  /** Its size, in bytes. */
  readonly size: number;
  /** Where it was moved to, relative to the folder. */
  readonly quarantined?: string | undefined;
  /** Why it could not be read; `undefined` for one that was read, and is another. */
  readonly error?: SeamlessError | undefined;
  /** Why it was left where it is. */
  readonly spared?: "locked" | "young" | undefined;
}

/** What one step of `verify` did. */
export interface VerifyStep {
  readonly name: "survey" | "check" | "quarantine";
  /** In milliseconds. */
  readonly time: number;
  /** How many files it looked at. */
  readonly files: number;
}

/** What `verify` found. All paths are relative to the folder. */
export interface VerifyReport {
  /** Nothing is corrupt or unreadable. */
  readonly ok: boolean;
  /** Buffers that are right. */
  readonly buffers: number;
  /** Their size, in bytes. */
  readonly bytes: number;
  readonly corrupt: readonly CorruptFile[];
  /** Files that could not be read, and what else lies where a buffer, or a folder of them, belongs. */
  readonly unreadable: readonly SeamlessError[];
  /** Files that another tool has locked: not checked. */
  readonly locked: readonly string[];
  /** Buffers where this layout does not look for them: not checked. */
  readonly misplaced: readonly string[];
  /** Temporary files that killed writers, or hashservers, have left an hour ago or more: the next `put` removes them. */
  readonly leftovers: readonly string[];
  /** Temporary files that are younger: somebody may be writing them. */
  readonly unfinished: readonly string[];
  /** What else lies there, and is none of a store's. */
  readonly foreign: readonly string[];
  readonly steps: readonly VerifyStep[];
}
