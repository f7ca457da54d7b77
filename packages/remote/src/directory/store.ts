import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type AbortOptions, type Checksum, isSeamlessError, type ProvenBytes, SeamlessError } from "@seamless/checksum";
import { absolutePath, fileError } from "@seamless/checksum/node";
import { optionChecks } from "@seamless/internal/option-checks";
import { mapParallel } from "@seamless/internal/parallel";
import { describe, showPath } from "@seamless/internal/text";
import { reportProgress, requireWritable, type Store, type TransferOptions, withProofs } from "@seamless/store";
import { asBytes } from "../bytes.ts";
import { FOREIGN_LIMITS } from "../encoding/decode.ts";
import { deleteBuffer } from "./age.ts";
import { Compression } from "./compression.ts";
import { LAYOUTS } from "./layout.ts";
import { LayoutDetector } from "./layout-detector.ts";
import { lookUp } from "./look-up.ts";
import { createLockWait } from "./other-writers.ts";
import { Reader } from "./reader.ts";
import type { DirectoryStore, DirectoryStoreOptions, RewriteOptions } from "./types.ts";
import { Writer } from "./writer.ts";

/** Files that are looked at in parallel: twice as many as Node has threads for that. */
const LOOKS_AT_ONCE = 8;

const checks = optionChecks((message) => new SeamlessError("INVALID_ARGUMENT", message));

/**
 * A folder of buffers, with the files of a Seamless hashserver: named by their checksums, at `ab/abcdef…`, or at `abcdef…` in
 * folders that have that layout already. Many processes may read and write it at once, hashservers in Python too. What is
 * read is verified; what is written appears whole or not at all, and has reached the disk when `put` resolves (but for `sync: false`).
 *
 * @param path - The folder, or a file URL. A writable store makes it at the first `put`.
 * @throws {SeamlessError} `INVALID_ARGUMENT` for a wrong option, or a URL of something else.
 *
 * @example
 * import { Checksum } from "@seamless/checksum";
 * import { directoryStore } from "@seamless/remote/directory";
 * const store = directoryStore("buffers");
 * const bytes = new TextEncoder().encode("hello\n");
 * await store.put(Checksum.of(bytes), bytes);
 * console.log(await store.lengths([Checksum.of(bytes)])); // → [ 6 ]
 * console.log((await store.verify()).ok); // → true
 */
export function directoryStore(path: string | URL, options: DirectoryStoreOptions = {}): DirectoryStore {
  const { layout, writable, lockTimeout, maxDecodedBytes, maxDecodedRatio, compress, level, sync } =
    readSettings(options);
  const root = folderPath(path);
  const name = checks.text("name", options.name ?? showPath(root));
  const detector = new LayoutDetector(root, name, layout);
  const wait = createLockWait(lockTimeout, options.clock);
  const forms = { store: name, limits: { limit: maxDecodedBytes, ratio: maxDecodedRatio } };
  const reader = new Reader(detector, forms, wait);
  const compression = compress === undefined ? undefined : new Compression(compress, level);
  const writer = new Writer(detector, name, reader, wait, { compression, sync, forms });

  /** If a read-only store's folder itself is missing, that does not prove that the buffer is: then it throws. */
  const unlessMissing = async <T>(found: T | undefined): Promise<T | undefined> => {
    if (found === undefined && !writable) await requireRoot(root, writable);
    return found;
  };

  const lengths = async (checksums: readonly Checksum[], { signal }: AbortOptions = {}) => {
    signal?.throwIfAborted();
    let faulty = false;
    const found = await lookUp(await detector.forReading(), checksums, { signal }, async (checksum) => {
      try {
        return await reader.length(checksum);
      } catch (error) {
        // One unreadable file does not keep us from the others.
        if (!isSeamlessError(error)) throw error;
        faulty = true;
        return undefined;
      }
    });
    signal?.throwIfAborted();
    if (faulty || (found.includes(undefined) && !writable)) await requireRoot(root, writable);
    return found;
  };

  const getProven = async (checksum: Checksum, asked: TransferOptions = {}) =>
    unlessMissing(await reportProgress(asked, (asked) => reader.get(checksum, asked)));

  const put = (checksum: Checksum, bytes: Uint8Array | ProvenBytes, asked: TransferOptions) =>
    reportProgress(asked, async (asked) => {
      await writer.put(checksum, bytes, asked);
      asked.onProgress?.({ bytes: bytes.length, totalBytes: bytes.length });
    });

  const rewritten = async ({ signal, dryRun }: RewriteOptions) => {
    signal?.throwIfAborted();
    if (!checks.boolean("dryRun", dryRun ?? false) && !writable) {
      throw new SeamlessError("READ_ONLY", `${name} is read-only: its files stay as they are`, { store: name });
    }
    await requireRoot(root, writable);
    return { place: await detector.forReading(), forms, wait };
  };

  const store: DirectoryStore = {
    name,
    writable,
    costClass: "folder",
    resumes: true,
    path: root,
    get layout() {
      return detector.layout;
    },
    lengths,

    async has(checksums, asked) {
      return (await lengths(checksums, asked)).map((length) => length !== undefined);
    },

    async get(checksum, asked) {
      return (await getProven(checksum, asked))?.expose();
    },

    async getStream(checksum, asked = {}) {
      asked.signal?.throwIfAborted();
      return unlessMissing(await reader.getStream(checksum, asked));
    },

    async put(checksum, bytes, asked = {}) {
      asked.signal?.throwIfAborted();
      requireWritable(store, checksum);
      await put(checksum, asBytes(bytes), asked);
    },

    async putStream(checksum, chunks, asked = {}) {
      asked.signal?.throwIfAborted();
      requireWritable(store, checksum);
      await writer.putStream(checksum, chunks, asked);
    },

    async getEncoded(checksum, accept, asked = {}) {
      asked.signal?.throwIfAborted();
      return reader.getEncoded(checksum, accept, asked);
    },

    async putEncoded(checksum, coding, chunks, asked = {}) {
      asked.signal?.throwIfAborted();
      requireWritable(store, checksum);
      await writer.putEncoded(checksum, coding, chunks, {
        signal: asked.signal,
        encodedLength: asked.length,
        limit: asked.maxDecodedBytes ?? maxDecodedBytes,
        limitedBy: "maxDecodedBytes",
        ratio: asked.maxDecodedRatio ?? maxDecodedRatio,
        decoding: asked.decoding,
      });
    },

    async *list({ signal } = {}) {
      signal?.throwIfAborted();
      if (!(await requireRoot(root, writable))) return;
      await detector.requireGivenLayout();
      const { listBuffers } = await import("./list.ts");
      yield* listBuffers(await detector.forReading(), signal);
    },

    async delete(checksum, { signal, minAge = 0 } = {}) {
      signal?.throwIfAborted();
      requireWritable(store, checksum);
      checks.duration("minAge", minAge);
      await detector.requireGivenLayout();
      return deleteBuffer(await detector.forReading(), checksum.hex(), minAge);
    },

    async touch(checksums, asked = {}) {
      for (const checksum of checksums) requireWritable(store, checksum);
      return mapParallel(checksums, { limit: LOOKS_AT_ONCE, signal: asked.signal }, (checksum) =>
        writer.touch(checksum, asked),
      );
    },

    async verify(asked = {}) {
      asked.signal?.throwIfAborted();
      if (asked.quarantine === true && !writable) {
        throw new SeamlessError("READ_ONLY", `${name} is read-only: nothing can be quarantined`, { store: name });
      }
      const { verifyStore } = await import("./verify.ts");
      return verifyStore(await detector.forReading(), forms, asked);
    },

    async compress({
      coding = compress ?? "zstd",
      level: asked = coding === compress ? level : undefined,
      ...options
    } = {}) {
      const compression = new Compression(coding, asked);
      const { compressFolder } = await import("./rewrite.ts");
      return compressFolder(await rewritten(options), compression, options);
    },

    async decompress(options = {}) {
      const { decompressFolder } = await import("./rewrite.ts");
      return decompressFolder(await rewritten(options), options);
    },

    async check(checksums, asked = {}) {
      asked.signal?.throwIfAborted();
      const { checkBuffers } = await import("./check.ts");
      const verdicts = await checkBuffers(detector, reader, checksums, asked);
      if (verdicts.includes("missing") && !writable) await requireRoot(root, writable);
      return verdicts;
    },

    plainFile: (checksum) => reader.plainFile(checksum),

    async putLink(checksum, file, kind, asked = {}) {
      asked.signal?.throwIfAborted();
      requireWritable(store, checksum);
      await writer.putLink(checksum, file, kind, asked);
    },

    close: () => writer.close(),
    [Symbol.asyncDispose]: () => writer.close(),
  };
  const shortcuts: Required<Pick<Store, "getSmall" | "putSmall">> = {
    async getSmall(checksum, most, { signal } = {}) {
      signal?.throwIfAborted();
      const small = await reader.getSmall(await detector.forReading(), checksum);
      signal?.throwIfAborted();
      return small === undefined || small.length > most ? undefined : small.expose();
    },

    async putSmall(checksum, bytes, asked = {}) {
      asked.signal?.throwIfAborted();
      requireWritable(store, checksum);
      // The thread looks only where it writes: in a folder with files of both layouts, it may lie elsewhere.
      if ((await detector.forReading()).also !== undefined) return false;
      return writer.putSmall(checksum, asBytes(bytes), false, asked);
    },
  };
  // Not enumerable, as the methods for proofs: in `{ ...store, put: mine }` nothing bypasses what was put in their place.
  for (const [name, value] of Object.entries(shortcuts)) Object.defineProperty(store, name, { value });
  return withProofs(store, {
    getProven,
    async putProven(bytes, asked = {}) {
      asked.signal?.throwIfAborted();
      requireWritable(store, bytes.checksum);
      await put(bytes.checksum, bytes, asked);
    },
  });
}

/** @throws {SeamlessError} `INVALID_ARGUMENT`. */
function readSettings(options: DirectoryStoreOptions) {
  const { layout } = options;
  if (layout !== undefined && !LAYOUTS.includes(layout)) {
    throw new SeamlessError("INVALID_ARGUMENT", `a layout is ${LAYOUTS.join(" or ")}, got ${describe(layout)}`);
  }
  return {
    layout,
    compress: options.compress,
    level: options.level,
    sync: checks.boolean("sync", options.sync ?? true),
    writable: checks.boolean("writable", options.writable ?? true),
    lockTimeout: checks.duration("lockTimeout", options.lockTimeout ?? 10_000),
    maxDecodedBytes: checks.wholeNumber("maxDecodedBytes", options.maxDecodedBytes ?? FOREIGN_LIMITS.limit, 1),
    maxDecodedRatio: checks.wholeNumber("maxDecodedRatio", options.maxDecodedRatio ?? FOREIGN_LIMITS.ratio, 1),
  };
}

/**
 * The absolute path of the folder that a path or a file URL names.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT` for anything but a path or a file URL; `NOT_FOUND` for a relative one if the
 * working directory was removed.
 */
function folderPath(path: string | URL): string {
  const isUrl = path instanceof URL || (typeof path === "string" && /^file:\/\//i.test(path));
  try {
    if (isUrl) return absolutePath(fileURLToPath(path));
  } catch (cause) {
    throw new SeamlessError(
      "INVALID_ARGUMENT",
      `${showPath(String(path).replace(/[^/@]*@/, "…@"))} is not a folder of this machine`,
      { cause },
    );
  }
  if (typeof path === "string" && path !== "" && !path.includes("\0")) return absolutePath(path);
  throw new SeamlessError("INVALID_ARGUMENT", `a folder is a path or a file URL, got ${describe(path)}`);
}

/**
 * Checks that the folder exists. A writable store would create a missing one, so there it means "no buffers"; for a
 * read-only store it may mean that a disk is not mounted.
 *
 * @returns whether it exists.
 * @throws {SeamlessError} `IO_ERROR` if a read-only store's folder is missing, `NOT_A_DIRECTORY`, `PERMISSION_DENIED` and other file codes.
 */
async function requireRoot(root: string, writable: boolean): Promise<boolean> {
  try {
    if ((await stat(root)).isDirectory()) {
      await access(root, constants.X_OK);
      return true;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw fileError(error, root, "read");
    if (writable) return false;
    throw new SeamlessError("IO_ERROR", `cannot read ${showPath(root)}: there is no such folder`, { file: root });
  }
  throw new SeamlessError("NOT_A_DIRECTORY", `cannot read ${showPath(root)}: it is not a folder`, { file: root });
}
