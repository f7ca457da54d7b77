import { basename, dirname } from "node:path";
import { type AbortOptions, Checksum, isSeamlessError, ProvenBytes, SeamlessError } from "@seamless/checksum";
import { fileError, linkAtomic, makeFolder, writeAtomic } from "@seamless/checksum/node";
import { readProven } from "@seamless/checksum/unsafe";
import { onAbort } from "@seamless/internal/abort";
import { syncFolder } from "@seamless/internal/files";
import {
  type Coding,
  mismatchError,
  type PutEncodedOptions,
  type PutStreamOptions,
  type TransferOptions,
  verifiedChunks,
  withProgress,
} from "@seamless/store";
import { copied } from "../bytes.ts";
import type { DecodeOptions } from "../encoding/decode.ts";
import { FORMS, formOfCoding, formsBefore } from "../encoding/forms.ts";
import { verifiedEncoded } from "../encoding/verified-encoded.ts";
import { touchFile } from "./age.ts";
import { type Compression, plainShape, type Shape, type Source } from "./compression.ts";
import { removeDamaged } from "./damaged.ts";
import { FolderLister } from "./folder-lister.ts";
import type { FormOptions } from "./forms.ts";
import { fileOf, filesOf, type Place } from "./layout.ts";
import { type LayoutDetector, permissionsOf } from "./layout-detector.ts";
import { LOCK_LIFE, type LockWait, UploadWatch } from "./other-writers.ts";
import { putThread } from "./put-thread.ts";
import type { Checked, Reader } from "./reader.ts";
import { isRecorded, removeFile, withRecord, writeRecord } from "./record.ts";
import { copies, copiesOfAll, PREFETCHED, prefetch, SLICE, WRITES } from "./sources.ts";
import { Sweeper } from "./sweeper.ts";

/** What encoded bytes may become. */
type EncodedSourceOptions = AbortOptions & Omit<DecodeOptions, "store"> & Pick<PutEncodedOptions, "decoding">;

/** How files are written. */
interface WriteSettings {
  readonly compression: Compression | undefined;
  /** Whether they have reached the disk when a put is done. */
  readonly sync: boolean;
  /** How what is there already is read. */
  readonly forms: FormOptions;
}

/** Writes the files of buffers: whole or not at all, and never over a right one. */
export class Writer {
  readonly #detector: LayoutDetector;
  readonly #name: string;
  readonly #reader: Reader;
  readonly #sweeper = new Sweeper();
  readonly #lister: FolderLister;
  readonly #uploads: UploadWatch;
  readonly #wait: LockWait;
  readonly #compression: Compression | undefined;
  readonly #sync: boolean;
  readonly #forms: FormOptions;
  /**
   * Folders that were created, or seen, since the store was opened, and the permissions of new files in them. Looking each time
   * would cost a tenth of a small put.
   */
  readonly #folders = new Map<string, Promise<number>>();

  constructor(
    detector: LayoutDetector,
    name: string,
    reader: Reader,
    wait: LockWait,
    { compression, sync, forms }: WriteSettings,
  ) {
    this.#detector = detector;
    this.#name = name;
    this.#reader = reader;
    this.#lister = new FolderLister(() => wait.now());
    this.#uploads = new UploadWatch(wait, this.#lister);
    this.#wait = wait;
    this.#compression = compression;
    this.#sync = sync;
    this.#forms = forms;
  }

  /** Refuses wrong bytes even if the right ones are there already; does not read proven ones in that case. */
  async put(checksum: Checksum, given: Uint8Array | ProvenBytes, options: TransferOptions): Promise<void> {
    const proven = ProvenBytes.isProvenBytes(given);
    const verify = () => this.#verify(checksum, proven ? readProven(given) : given, options);
    // Wrong bytes are refused before the folder is looked at.
    const early = proven ? undefined : verify();
    if (await this.putSmall(checksum, early?.() ?? given, early !== undefined, options)) return;
    const there = await this.#isThere(checksum, options);
    if (there === "right" && proven && given.intact) return;
    const verified = early ?? verify();
    if (there === "right") {
      const source = verified();
      if (!(source instanceof Uint8Array)) for await (const _ of source);
      return;
    }
    const write = (overwrite: boolean) => this.#put(checksum, verified(), given.length, overwrite, options);
    if (await write(there === "wrong")) return;
    // Another program has just written something else to the file.
    await write(true);
  }

  /**
   * Has a thread put a small buffer that is not there yet, where there is one.
   *
   * @param data - Not changed until it is done.
   * @param verified - If not, it is verified there.
   * @returns whether it is there to stay. If not, the buffer is to be put in the other way, which finds out why.
   */
  async putSmall(
    checksum: Checksum,
    data: Source | ProvenBytes,
    verified: boolean,
    { signal }: AbortOptions,
  ): Promise<boolean> {
    if (this.#compression !== undefined || !isSmall(data) || !putThread.isReady()) return false;
    const target = await this.#target(checksum);
    signal?.throwIfAborted();
    if (target === undefined) return false;
    const { file } = target;
    const outcome = await putThread.put({
      ...target,
      bytes: data instanceof Uint8Array ? data : readProven(data),
      verified,
      sync: this.#sync,
    });
    if (outcome === "rivalled") await this.#uploads.waitForUploads(file, signal);
    if (outcome === "lost" && this.#sync) await flushName(file);
    if (typeof outcome === "object") throw fileError(Object.assign(new Error(), outcome), file, "write");
    return outcome === "written" || outcome === "rivalled";
  }

  /** The file to write to, and its permissions; `undefined` if the folder was removed. */
  async #target(checksum: Checksum): Promise<{ readonly file: string; readonly mode: number } | undefined> {
    try {
      const place = await this.#detector.forWriting();
      const file = fileOf(place, checksum.hex());
      return { file, mode: await this.#makeFolder(place, dirname(file)) };
    } catch (error) {
      if (!isSeamlessError(error, "NOT_FOUND")) throw error;
      return undefined;
    }
  }

  /** @returns a function that gives the bytes, any number of times: verified already, or while they are read. */
  #verify(checksum: Checksum, bytes: Uint8Array, options: TransferOptions): () => Source {
    if (bytes.byteLength > SLICE) {
      const { signal, onProgress } = options;
      const chunks = () => withProgress(copies(bytes), onProgress, bytes.byteLength);
      return () => verifiedChunks(checksum, chunks(), { signal, copy: false, store: this.#name });
    }
    // A copy, since their owner may change them before they are written.
    const copy = new Uint8Array(bytes);
    const found = Checksum.of(copy);
    if (!found.equals(checksum)) throw mismatchError(checksum, found, { store: this.#name });
    return () => copy;
  }

  /** Does not read the stream if the buffer is there already. */
  async putStream(checksum: Checksum, source: AsyncIterable<Uint8Array>, options: PutStreamOptions): Promise<void> {
    const there = await this.#isThere(checksum, options);
    if (there === "right") return;
    await this.#putChunks(checksum, options, async (signal, onStop) => {
      const { length, onProgress } = options;
      const chunks = copiesOfAll(withProgress(source, onProgress, length), signal);
      const verified = verifiedChunks(checksum, chunks, { length, signal, copy: false, store: this.#name });
      return this.#put(checksum, verified, length, there === "wrong", options, onStop);
    });
  }

  /** As `putStream`, of bytes that are compressed already, and are kept so. */
  async putEncoded(
    checksum: Checksum,
    coding: Coding,
    source: AsyncIterable<Uint8Array>,
    options: EncodedSourceOptions,
  ): Promise<void> {
    const there = await this.#isThere(checksum, options);
    if (there === "right") return;
    await this.#putChunks(checksum, options, (signal, onStop) => {
      let decoded = 0;
      const onLength = (length: number) => {
        decoded = length;
      };
      const verified = verifiedEncoded(checksum, coding, copied(source, signal), { ...options, store: BODY, onLength });
      const shape = { form: formOfCoding(coding), source: prefetch(verified, 1, onStop), length: () => decoded };
      return this.#write(checksum, shape, there === "wrong", options);
    });
  }

  /** @param write - Resolves to `false` if another program has created the file meanwhile, with other bytes. */
  async #putChunks(
    checksum: Checksum,
    options: AbortOptions,
    write: (signal: AbortSignal, onStop: () => void) => Promise<boolean>,
  ): Promise<void> {
    // If the disk fails, a source that hangs must not keep us waiting.
    const stopper = new AbortController();
    const forget = onAbort(options.signal, () => stopper.abort(options.signal?.reason));
    try {
      if (await write(stopper.signal, () => stopper.abort())) return;
    } finally {
      forget();
    }
    const why = "another program has just written other bytes to its file: try again";
    throw new SeamlessError("STORE_FAILED", `${this.#name}: ${checksum.hex()} was not written: ${why}`, {
      checksum,
      store: this.#name,
    });
  }

  /** As `putStream`, of a file that is linked in place of being copied, unless something is there already. */
  async putLink(checksum: Checksum, source: string, kind: "hard" | "reflink", options: AbortOptions): Promise<void> {
    const { signal } = options;
    const there = await this.#isThere(checksum, options);
    if (there === "right") return;
    const failBusy = () => {
      const message = `${this.#name}: ${checksum.hex()} is there already, with other bytes: it is not replaced by a link`;
      throw new SeamlessError("UNSUPPORTED", message, { checksum, store: this.#name });
    };
    if (there === "wrong") failBusy();
    const place = await this.#detector.forWriting();
    const file = fileOf(place, checksum.hex());
    const mode = await this.#makeFolder(place, dirname(file));
    if (await linkAtomic(source, file, { kind, checksum, mode, overwrite: false, signal })) {
      await this.#uploads.waitForUploads(file, signal);
    } else if ((await this.#isThere(checksum, options)) !== "right") failBusy();
    // What was put long ago may be removed as garbage; a link to an old file counts as put now.
    if ((await this.#touch(file, checksum, options)) === "missing") failBusy();
  }

  async close(): Promise<void> {
    await this.#sweeper.idle();
  }

  /** Is the buffer there to stay? An upload that is under way removes no file that is older than it can be. */
  async #isThere(checksum: Checksum, options: AbortOptions): Promise<Checked["outcome"]> {
    const place = await this.#detector.forReading();
    const plain = fileOf(place, checksum.hex());
    const names = await this.#lister.names(dirname(plain));
    if (names !== undefined && !FORMS.some(({ suffix }) => names.has(basename(plain) + suffix))) return "missing";
    const checked = await this.#reader.check(place, checksum, options);
    if (checked.outcome !== "right") return checked.outcome;
    const { file, modified } = checked;
    // From here on, it counts as put now. A file that may not be touched is written again.
    const touched = await this.#touch(file, checksum, options);
    if (touched !== "touched") return touched === "missing" ? "missing" : "wrong";
    if (Date.now() - modified > LOCK_LIFE) return "right";
    await this.#uploads.waitForUploads(file, options.signal);
    return "right";
  }

  /**
   * Writes verified bytes, compressed if the store is to do so.
   *
   * @param length - In bytes, where it is known.
   */
  async #put(
    checksum: Checksum,
    data: Source,
    length: number | undefined,
    overwrite: boolean,
    options: AbortOptions,
    onStop?: () => void,
  ): Promise<boolean> {
    const source = data instanceof Uint8Array ? data : prefetch(data, PREFETCHED, onStop);
    const shape = (await this.#compression?.shape(source, length, onStop)) ?? plainShape(source);
    return this.#write(checksum, shape, overwrite, options);
  }

  /** @returns `false` if another program has created the file meanwhile, with other bytes. */
  async #write(checksum: Checksum, shape: Shape, overwrite: boolean, options: AbortOptions): Promise<boolean> {
    const { signal } = options;
    const { form, length } = shape;
    const { source, state } = shape.source instanceof Uint8Array ? whole(shape.source) : watched(shape.source);
    // Whether the folder was taken to be there: another put that has failed may have forgotten it since.
    let known = false;
    const write = async (): Promise<{ readonly place: Place; readonly file: string; readonly written: boolean }> => {
      const place = await this.#detector.forWriting();
      const plain = fileOf(place, checksum.hex());
      known = this.#folders.has(dirname(plain));
      const mode = await this.#makeFolder(place, dirname(plain));
      const sync = this.#sync;
      const record = () => writeRecord(place, plain, length(), { signal, sync });
      const recorded = form.coding === undefined ? source : withRecord(source, record);
      const file = plain + form.suffix;
      const written = await writeAtomic(file, recorded, {
        overwrite,
        signal,
        mode,
        umask: false,
        writes: WRITES,
        sync,
      });
      // A buffer that was removed meanwhile has lost its record, too.
      if (written && form.coding !== undefined && !(await isRecorded(plain))) await record();
      return { place, file, written };
    };
    const { place, file, written } = await write()
      .catch((error: unknown) => {
        // The folder was removed: try again. Not if the source has been read from, which may have thrown this error itself.
        if (state.begun || !known || !isSeamlessError(error, "NOT_FOUND")) throw error;
        this.#folders.clear();
        this.#detector.forget();
        return write();
      })
      .catch(async (error: unknown) => {
        await shape.discard?.();
        throw error;
      });
    if (!written) return (await this.#isThere(checksum, options)) === "right";
    if (overwrite) {
      // What is looked for before it must not be what was wrong there; and what comes after it, no check finds right.
      for (const each of formsBefore(form)) await removeFile(fileOf(place, checksum.hex()) + each.suffix);
      await removeDamaged(place, checksum, form, { forms: this.#forms, wait: this.#wait, signal });
    }
    // Somebody may have been about to remove what was there before.
    if (overwrite && (await this.#touch(file, checksum, options)) === "missing") return false;
    await this.#uploads.waitForUploads(file, signal);
    return true;
  }

  #touch(file: string, checksum: Checksum, { signal }: AbortOptions) {
    return touchFile(file, checksum, this.#name, this.#wait, signal);
  }

  /** Makes a buffer young, in the form that it has. Not one that is another user's. */
  async touch(checksum: Checksum, options: AbortOptions): Promise<boolean> {
    const place = await this.#detector.forReading();
    for (const file of filesOf(place, checksum.hex())) {
      for (const { suffix } of FORMS) {
        options.signal?.throwIfAborted();
        if ((await this.#touch(file + suffix, checksum, options)) === "touched") return true;
      }
    }
    return false;
  }

  /** @returns the permissions of new files in it. */
  async #makeFolder(place: Place, folder: string): Promise<number> {
    this.#sweeper.sweepIfDue(folder);
    const known = this.#folders.get(folder);
    if (known !== undefined) return known;
    const making = this.#makeNewFolder(place, folder);
    this.#folders.set(folder, making);
    try {
      return await making;
    } catch (error) {
      this.#folders.delete(folder);
      throw error;
    }
  }

  async #makeNewFolder(place: Place, folder: string): Promise<number> {
    const { folder: mode, buffer } = await permissionsOf(place.root);
    if (await makeFolder(folder, { mode })) await this.#detector.mark(place);
    return buffer;
  }
}

/** A source, and whether anything was read from it that cannot be read again. */
interface Watched {
  readonly source: Source;
  readonly state: { begun: boolean };
}

function whole(source: Uint8Array): Watched {
  return { source, state: { begun: false } };
}

function watched(chunks: AsyncIterable<Uint8Array>): Watched {
  const state = { begun: false };
  const source = {
    [Symbol.asyncIterator]() {
      state.begun = true;
      return chunks[Symbol.asyncIterator]();
    },
  };
  return { source, state };
}

/** What goes to a thread to be written, in bytes: of larger ones the calls are the smaller part. */
const SMALL = 2 ** 16;

function isSmall(data: Source | ProvenBytes): data is Uint8Array | ProvenBytes {
  return "length" in data && data.length <= SMALL;
}

/** A file that may have its name: it must not be taken for one that outlasts a crash. */
async function flushName(file: string): Promise<void> {
  try {
    await syncFolder(dirname(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw fileError(error, file, "write");
  }
}

/** The store in messages about bytes that cannot be decoded. */
const BODY = "the body";
