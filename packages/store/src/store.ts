import type { AbortOptions, Checksum, ProvenBytes, ProvenDecoding, TransferProgress } from "@seamless/checksum";

/** What it costs to get a buffer back from a store: from this machine, from its network, from far away. */
export type CostClass = "folder" | "local" | "remote";

/** Memory for the chunks of one stream, which its reader uses again for later ones. */
export interface ChunkMemory {
  /**
   * A chunk, in memory that may have been that of an earlier one. Others may lie in the same `buffer`: it is not to be transferred.
   *
   * @param size - In bytes, at most.
   * @param write - Puts bytes at the start of what it is given, resolves to how many, and leaves it alone from then on.
   */
  fill(size: number, write: (into: Uint8Array) => Promise<number>): Promise<Uint8Array>;
}

/** How one buffer is got or put. */
export interface TransferOptions extends AbortOptions {
  /**
   * Called as bytes come or go; `bytes` never goes back. With an `offset`, what comes is counted from there. A `put` of what
   * is there already may end without. What it throws ends the transfer.
   */
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
}

/** How a store gives a stream. */
export interface GetStreamOptions extends TransferOptions {
  /**
   * Where to begin, in bytes from the start of the buffer; its length gives an empty stream. Only for stores with
   * `resumes`. A hash is that of the whole, so what comes with an offset above 0 is *not* verified: whoever has the bytes
   * before hashes all of them (`resumedChunks` inside `verifiedStream`).
   * @default 0
   */
  readonly offset?: number | undefined;
  /**
   * About how large chunks should be, in bytes: a reader of many streams at once wants little of each in memory. A hint,
   * which a store may ignore.
   * @default what is fastest for the store
   */
  readonly chunkSize?: number | undefined;
  /**
   * Memory that a store puts chunks in, if it makes them and keeps none: where much passes through, the garbage collector
   * frees chunks too late. A hint, too.
   * @default memory of their own
   */
  readonly memory?: ChunkMemory | undefined;
}

/** What is known of a stream that a store is given. */
export interface PutStreamOptions extends TransferOptions {
  /** In bytes, where it is known. */
  readonly length?: number | undefined;
}

/** A content coding (RFC 9110, section 8.4.1) in which a store may keep buffers. The checksum is that of the decoded bytes. */
export type Coding = "gzip" | "zstd";

/** A buffer as it lies in a store: encoded. */
export interface EncodedBuffer {
  readonly coding: Coding;
  /** Of the encoded bytes. */
  readonly length: number;
  /** The encoded bytes. Decoded and hashed on their way: as that of `getStream`, it is completed only if it is right. */
  readonly stream: ReadableStream<Uint8Array>;
}

/** What is known of encoded bytes that a store is given, and what they may become. */
export interface PutEncodedOptions extends AbortOptions {
  /** Of the encoded bytes, where it is known. */
  readonly length?: number | undefined;
  /** Largest decoded size, in bytes. @default a limit of the store */
  readonly maxDecodedBytes?: number | undefined;
  /** Largest ratio of decoded to encoded size; up to 1 MiB is always allowed. @default a limit of the store */
  readonly maxDecodedRatio?: number | undefined;
  /**
   * The proof of what the bytes are, decoded. A store that trusts the decoder, since it is its own, hashes them as they come, in
   * place of decoding them once more; others, and proofs of another installed copy, are not looked at.
   * @default they are decoded
   */
  readonly decoding?: ProvenDecoding | undefined;
}

/** A buffer that a store lists, by its name and size there, which are not verified. */
export interface ListedBuffer {
  readonly checksum: Checksum;
  /** In bytes; `undefined` where the store would have to decode it to know. */
  readonly length: number | undefined;
  /**
   * What it takes in the store, in bytes.
   * @default its length
   */
  readonly stored?: number | undefined;
  /** When it was last put or touched, in milliseconds since 1970; `undefined` where the store does not know. */
  readonly modified?: number | undefined;
}

/** How a buffer is removed. */
export interface DeleteOptions extends AbortOptions {
  /**
   * Leaves a buffer that was put or touched less than this long ago, in milliseconds, which is looked at again right before
   * it is removed. Only for stores with `touch`.
   * @default 0: however young it is
   */
  readonly minAge?: number | undefined;
}

/**
 * What hashing a buffer where it lies has shown: it is right, is not there, has other bytes, or cannot be read. `unknown`:
 * the store cannot hash what it has; only getting or putting the buffer tells.
 */
export type CheckResult = "ok" | "missing" | "corrupt" | "unreadable" | "unknown";

/** How far a check is. */
export interface CheckProgress {
  /** Buffers that were checked. */
  readonly files: number;
  readonly totalFiles: number;
  /** Bytes that were hashed here; a server does not say how many it has hashed. */
  readonly bytes: number;
}

/** How a check reports its progress. */
export interface CheckOptions extends AbortOptions {
  /** Called as it gets on; `files` never goes back. */
  readonly onProgress?: ((progress: CheckProgress) => void) | undefined;
}

/**
 * The store port: a place that keeps buffers by their checksum. What a store gives is verified by itself and, unless it comes
 * with a proof, again by its caller; `storeSuite` of `@seamless/store/suite` holds every store to this contract.
 *
 * Missing is proven absence. A store that cannot tell (refused, timed out, corrupt) rejects, and never says missing.
 */
export interface Store {
  /** For messages: a path, or a URL without credentials. */
  readonly name: string;
  /** Whether `put` is allowed; otherwise it rejects with `READ_ONLY`. */
  readonly writable: boolean;
  readonly costClass: CostClass;
  /**
   * Whether `getStream` takes an `offset`: a stream that broke off can go on where it stopped.
   * @default false
   */
  readonly resumes?: boolean | undefined;
  /** Which buffers are there, in the order asked. */
  has(checksums: readonly Checksum[], options?: AbortOptions): Promise<boolean[]>;
  /** The lengths of buffers in bytes, in the order asked; `undefined` for one that is missing. */
  lengths(checksums: readonly Checksum[], options?: AbortOptions): Promise<(number | undefined)[]>;
  /** The bytes, verified, which the caller then owns; `undefined` if missing. */
  get(checksum: Checksum, options?: TransferOptions): Promise<Uint8Array | undefined>;
  /**
   * The bytes as they come. Hashed on their way, the last chunk held back until the checksum is right: a mismatch errors
   * the stream, so that no reader ever completes a wrong body (but see `offset`). `undefined` if missing.
   *
   * @throws {SeamlessError} `INVALID_ARGUMENT` for an `offset` beyond the end, or of a store that does not resume.
   */
  getStream(checksum: Checksum, options?: GetStreamOptions): Promise<ReadableStream<Uint8Array> | undefined>;
  /**
   * Keep bytes. Resolves when they are there for good; one that is there already is success.
   *
   * @throws {SeamlessError} `CHECKSUM_MISMATCH` if they have another checksum: nothing is kept.
   */
  put(checksum: Checksum, bytes: Uint8Array, options?: TransferOptions): Promise<void>;
  /**
   * The same for bytes that come in chunks; nothing is visible before all are there and have the checksum. A chunk may be
   * changed once the next is asked for. What the chunks throw passes unchanged.
   */
  putStream(checksum: Checksum, chunks: AsyncIterable<Uint8Array>, options?: PutStreamOptions): Promise<void>;
  /**
   * Hash buffers where they lie, and tell in the order asked what came of it: what `has` takes on trust, this proves. One that
   * is wrong or unreadable fails neither the call nor the others. A store without this method knows of no buffer.
   */
  check?(checksums: readonly Checksum[], options?: CheckOptions): Promise<CheckResult[]>;
  /**
   * As `get`, with the proof that goes with what was hashed here, so that it is not hashed again. Without this method, callers
   * hash what `get` gives.
   */
  getProven?(checksum: Checksum, options?: TransferOptions): Promise<ProvenBytes | undefined>;
  /**
   * As `put`, for bytes that need not be hashed to know that they are right. What is written is hashed all the same, on its way.
   * A store that has this method never keeps anything, here and by `put`, without having hashed it; for others, that is done
   * before.
   */
  putProven?(bytes: ProvenBytes, options?: TransferOptions): Promise<void>;
  /** All buffers, each once, in no particular order, as they are found. Takes constant memory. */
  list?(options?: AbortOptions): AsyncIterable<ListedBuffer>;
  /**
   * Removes a buffer for good, in all the forms that the store has of it.
   *
   * @returns whether it has: not if the buffer was not there, or is younger than `minAge`.
   * @throws {SeamlessError} `READ_ONLY`.
   */
  delete?(checksum: Checksum, options?: DeleteOptions): Promise<boolean>;
  /**
   * Makes buffers as young as if they had been put now, so that `delete` with a `minAge` leaves them. A store with this method
   * lists them with times, and its `put` does the same for what is there already.
   *
   * @returns which of them are there, in the order asked; their bytes are taken on trust.
   * @throws {SeamlessError} `READ_ONLY`.
   */
  touch?(checksums: readonly Checksum[], options?: AbortOptions): Promise<boolean[]>;
  /**
   * As `get`, for small buffers alone, where that takes fewer questions than `lengths` and `get`: for those who stream what is
   * larger.
   *
   * @param most - In bytes.
   * @returns `undefined` if the buffer is longer or missing, and wherever that cannot be told at once: `lengths` tells.
   */
  getSmall?(checksum: Checksum, most: number, options?: AbortOptions): Promise<Uint8Array | undefined>;
  /**
   * As `put`, for small buffers that are not there yet, where that takes fewer questions than `has` and `put`.
   *
   * @param bytes - Not to be changed until it is done.
   * @returns whether it has put them; if not, whatever the reason, `has` and `put` tell.
   * @throws {SeamlessError} `READ_ONLY`; `INVALID_ARGUMENT` if `bytes` are not bytes; `IO_ERROR` and other file codes where they
   * may be there, and not outlast a crash.
   */
  putSmall?(checksum: Checksum, bytes: Uint8Array, options?: AbortOptions): Promise<boolean>;
  /**
   * As `getStream`, without decoding what lies encoded: for those who hand it on.
   *
   * @param accept - The codings that are wanted.
   * @returns `undefined` if the buffer is missing, or lies in another way: `getStream` tells.
   */
  getEncoded?(
    checksum: Checksum,
    accept: readonly Coding[],
    options?: Omit<GetStreamOptions, "offset">,
  ): Promise<EncodedBuffer | undefined>;
  /**
   * As `putStream`, of bytes that are encoded already, and are kept so: decoded and hashed on their way.
   *
   * @throws {SeamlessError} `CHECKSUM_MISMATCH`; `TOO_LARGE` for more than they may become; `STORE_FAILED` with the store "the
   * body" if they cannot be decoded.
   */
  putEncoded?(
    checksum: Checksum,
    coding: Coding,
    chunks: AsyncIterable<Uint8Array>,
    options?: PutEncodedOptions,
  ): Promise<void>;
  /** Lets go of connections and files. */
  close?(): Promise<void>;
  /** As `close`, for `await using`. */
  [Symbol.asyncDispose]?(): Promise<void>;
}
