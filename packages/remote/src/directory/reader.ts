import { type AbortOptions, type Checksum, isSeamlessError, type ProvenBytes, SeamlessError } from "@seamless/checksum";
import { proveOwned } from "@seamless/checksum/unsafe";
import { showPath } from "@seamless/internal/text";
import {
  type Coding,
  chunkStream,
  type EncodedBuffer,
  type GetStreamOptions,
  mismatchError,
  requireOffset,
  type TransferOptions,
  verifiedStream,
  withProgress,
} from "@seamless/store";
import { skipBytes } from "../bytes.ts";
import { isSendable } from "../encoding/decoded-length.ts";
import { FORMS, type Form } from "../encoding/forms.ts";
import {
  decodedLength,
  encodedChunks,
  type FormOptions,
  formChunks,
  hashContents,
  partsOf,
  type ReadContents,
  readContents,
} from "./forms.ts";
import { fileOf, filesOf, type Place } from "./layout.ts";
import type { LayoutDetector } from "./layout-detector.ts";
import { isBeingWritten, isLocked, type LockWait, waitForLocks } from "./other-writers.ts";
import { type FileFacts, lookAt, type OpenFile, openFile, requireReadable } from "./read-file.ts";
import { readInThread } from "./read-thread.ts";
import type { Verdict } from "./types.ts";

/** In bytes: buffers up to this size are verified before their stream begins. */
const SMALL = 2 ** 20;

/** Result of one attempt to read the files of a checksum. What cannot be read is wrong, too. */
type Attempt =
  | { readonly outcome: "right"; readonly proven?: ProvenBytes | undefined }
  | { readonly outcome: "wrong"; readonly error: SeamlessError; readonly readable: boolean }
  | { readonly outcome: "missing" };

/** What `check` has found. */
export type Checked =
  | { readonly outcome: "right" | "wrong"; readonly modified: number; readonly file: string }
  | { readonly outcome: "missing" };

const MISSING: Checked = { outcome: "missing" };

interface Found {
  readonly facts: FileFacts;
  readonly form: Form;
}

/** Finds the file of a checksum, in any form, and reads it unless another program is writing it. */
export class Reader {
  readonly #detector: LayoutDetector;
  readonly #forms: FormOptions;
  readonly #wait: LockWait;

  constructor(detector: LayoutDetector, forms: FormOptions, wait: LockWait) {
    this.#detector = detector;
    this.#forms = forms;
    this.#wait = wait;
  }

  /** The bytes, proven; `undefined` if they are missing. Before it says so, it waits for the locks of other programs. */
  async get(checksum: Checksum, { signal, onProgress }: TransferOptions): Promise<ProvenBytes | undefined> {
    const place = await this.#detector.forReading();
    const small = await this.getSmall(place, checksum);
    signal?.throwIfAborted();
    if (small !== undefined) {
      onProgress?.({ bytes: small.length, totalBytes: small.length });
      return small;
    }
    const read: ReadContents = (path, form, forms, asked) => readContents(path, form, { ...forms, onProgress }, asked);
    let attempt = await this.#attempt(place, checksum, read, signal);
    if (attempt.outcome === "right") return attempt.proven;
    const { waited, held } = await this.#waitForLocks(place, checksum, signal);
    // A wrong file may have been completed, and its lock removed, before we looked for the lock.
    if (waited || attempt.outcome === "wrong") attempt = await this.#attempt(place, checksum, read, signal);
    if (attempt.outcome === "right") return attempt.proven;
    if (attempt.outcome === "missing") return undefined;
    throw held && attempt.readable ? this.#lockedError(checksum, attempt.error) : attempt.error;
  }

  /** A small buffer that lies there plain, and is right, if there is a thread that reads it; `undefined` for all else. */
  async getSmall(place: Place, checksum: Checksum): Promise<ProvenBytes | undefined> {
    const bytes = await readInThread(place, checksum.hex());
    if (bytes === undefined) return undefined;
    const proven = proveOwned(bytes);
    return proven.checksum.equals(checksum) ? proven : undefined;
  }

  /** The same as a stream, in constant memory. */
  async getStream(checksum: Checksum, options: GetStreamOptions): Promise<ReadableStream<Uint8Array> | undefined> {
    const { signal, onProgress, chunkSize, memory, offset = 0 } = options;
    const place = await this.#detector.forReading();
    let found = await this.#find(place, checksum);
    if (found === undefined || (await isBeingWritten(place.root, found.facts))) {
      await this.#waitForLocks(place, checksum, signal);
      found = await this.#find(place, checksum);
    }
    signal?.throwIfAborted();
    if (found === undefined) return undefined;
    const isPlain = found.form.coding === undefined;
    const told = (chunks: AsyncIterable<Uint8Array>) =>
      withProgress(chunks, onProgress, isPlain ? found.facts.size - offset : undefined);
    requireOffset(offset, isPlain ? found.facts.size : Number.MAX_SAFE_INTEGER, checksum, this.#forms.store);
    if (offset === 0 && isPlain && found.facts.size <= SMALL) {
      const proven = await this.get(checksum, options);
      return proven === undefined ? undefined : oneChunk(proven.expose());
    }
    const read = (file: OpenFile, form: Form) => this.#from(offset, checksum, file, form, { chunkSize, memory });
    // It may have been compressed, or decompressed, by the time that it is read.
    const chunks = told(readFile(found, read, () => this.#find(place, checksum)));
    if (offset > 0) return chunkStream(chunks, { signal });
    return verifiedStream(checksum, chunks, { signal, store: this.#forms.store });
  }

  /** A plain file is read from there; what is compressed has to be decoded from its start. */
  #from(
    offset: number,
    checksum: Checksum,
    file: OpenFile,
    form: Form,
    { chunkSize, memory }: GetStreamOptions,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    if (form.coding === undefined) return formChunks(form, file, { ...this.#forms, chunkSize, memory }, offset);
    const decoded = formChunks(form, file, { ...this.#forms, chunkSize });
    return offset === 0 ? decoded : skipBytes(decoded, offset, checksum, this.#forms.store);
  }

  /** The length in bytes, from `stat`; `undefined` for what is missing, or still being written. */
  async length(checksum: Checksum): Promise<number | undefined> {
    const place = await this.#detector.forReading();
    const found = await this.#find(place, checksum);
    if (found === undefined || (await isBeingWritten(place.root, found.facts))) return undefined;
    const { facts, form } = found;
    if (form.coding === undefined) return facts.size;
    const length = await decodedLength(form, facts.path, this.#forms);
    // It was decompressed meanwhile, if it was not removed.
    return length ?? (await lookAt(facts.path.slice(0, -form.suffix.length)))?.size;
  }

  /** The file of a buffer, if it lies there as it is. */
  async plainFile(checksum: Checksum): Promise<string | undefined> {
    const place = await this.#detector.forReading();
    const found = await this.#find(place, checksum);
    if (found === undefined || found.form.coding !== undefined) return undefined;
    return (await isBeingWritten(place.root, found.facts)) ? undefined : found.facts.path;
  }

  /**
   * The bytes as they lie, if they are compressed in one of some ways; decoded and hashed on their way, in constant memory.
   *
   * @returns `undefined` if they are missing, lie otherwise, or have just been begun to be written; and for a zstd file that not
   * all decoders have the memory for.
   */
  async getEncoded(
    checksum: Checksum,
    accept: readonly Coding[],
    { signal, chunkSize }: Omit<GetStreamOptions, "offset">,
  ): Promise<EncodedBuffer | undefined> {
    const place = await this.#detector.forReading();
    const found = await this.#find(place, checksum);
    const coding = found?.form.coding;
    if (found === undefined || coding === undefined || !accept.includes(coding)) return undefined;
    if (await isBeingWritten(place.root, found.facts)) return undefined;
    signal?.throwIfAborted();
    const length = await sendableLength(coding, found.facts.path);
    if (length === undefined) return undefined;
    const read = (file: OpenFile) => encodedChunks(checksum, found.form, file, { ...this.#forms, chunkSize });
    return { coding, length, stream: chunkStream(readFile(found, read), { signal }) };
  }

  /**
   * Is a file of the buffer there, in any form, and the first that is looked for right? Waits for the locks of other programs
   * before it says that it is wrong.
   *
   * @returns also which file, and when a right one was last written, in milliseconds since 1970.
   */
  async check(place: Place, checksum: Checksum, { signal }: AbortOptions): Promise<Checked> {
    const here = { root: place.root, layout: place.layout };
    for (const form of FORMS) {
      const file = fileOf(place, checksum.hex()) + form.suffix;
      // Mostly there is none, and looks show that.
      const facts = await lookAt(file).catch(damage);
      if (facts === undefined) continue;
      const modified = "modified" in facts ? facts.modified : 0;
      const { outcome } = await this.#attempt(here, checksum, hashContents, signal, [form]);
      if (outcome === "right") return { outcome, modified, file };
      if (outcome === "missing") continue;
      await this.#waitForLocks(place, checksum, signal);
      const again = await this.#attempt(here, checksum, hashContents, signal, [form]);
      if (again.outcome !== "missing") return { outcome: again.outcome, modified: Date.now(), file };
    }
    return MISSING;
  }

  /** What `check` of the store says of a buffer. Waits for no lock. */
  async verdict(checksum: Checksum, { signal }: AbortOptions): Promise<Verdict> {
    const place = await this.#detector.forReading();
    const attempt = await this.#attempt(place, checksum, hashContents, signal);
    if (attempt.outcome !== "wrong") return attempt.outcome === "right" ? "ok" : "missing";
    if (!attempt.readable) return "unreadable";
    return (await isLocked(place.root, ...filesOf(place, checksum.hex()))) ? "missing" : "corrupt";
  }

  async #attempt(
    place: Place,
    checksum: Checksum,
    read: ReadContents,
    signal: AbortSignal | undefined,
    forms: readonly Form[] = FORMS,
  ): Promise<Attempt> {
    let attempt: Attempt = { outcome: "missing" };
    // One form may be wrong, and another right.
    for (const path of filesOf(place, checksum.hex())) {
      for (const form of inOrder(forms)) {
        signal?.throwIfAborted();
        const found = await read(path + form.suffix, form, this.#forms, signal).catch((error) => {
          signal?.throwIfAborted();
          return damage(error);
        });
        if (found === undefined) continue;
        signal?.throwIfAborted();
        if ("damage" in found) {
          attempt = { outcome: "wrong", error: found.damage, readable: false };
          continue;
        }
        if (found.checksum.equals(checksum)) return { outcome: "right", proven: found.proven };
        const error = mismatchError(checksum, found.checksum, { store: this.#forms.store });
        attempt = { outcome: "wrong", error, readable: true };
      }
    }
    return attempt;
  }

  /** @throws {SeamlessError} what is wrong with the last form, if one is there and none can be read. */
  async #find(place: Place, checksum: Checksum): Promise<Found | undefined> {
    let fault: SeamlessError | undefined;
    for (const path of filesOf(place, checksum.hex())) {
      for (const form of inOrder(FORMS)) {
        try {
          const facts = await lookAt(path + form.suffix);
          if (facts === undefined) continue;
          await requireReadable(facts);
          return { facts, form };
        } catch (error) {
          fault = damage(error).damage;
        }
      }
    }
    if (fault !== undefined) throw fault;
    return undefined;
  }

  #waitForLocks(place: Place, checksum: Checksum, signal: AbortSignal | undefined) {
    return waitForLocks(place.root, filesOf(place, checksum.hex()), this.#wait, signal);
  }

  #lockedError(checksum: Checksum, cause: SeamlessError): SeamlessError {
    const { store } = this.#forms;
    const why = `another tool has had its lock for ${this.#wait.timeout} ms, and has not written all of it yet`;
    return new SeamlessError("STORE_FAILED", `${store}: ${checksum.hex()} cannot be read yet: ${why}`, {
      checksum,
      store,
      cause,
    });
  }
}

/** The error of one file, which must not keep others from being tried. */
function damage(error: unknown): { readonly damage: SeamlessError } {
  if (isSeamlessError(error)) return { damage: error };
  throw error;
}

/** The plain form is looked for again at the end: it may have replaced the others after it was looked for. */
function inOrder(forms: readonly Form[]): readonly Form[] {
  return forms === FORMS ? FORMS_IN_ORDER : forms;
}

const FORMS_IN_ORDER: readonly Form[] = [...FORMS, FORMS[0]!];

/**
 * The bytes of a file, opened when the first are asked for: a stream that is never read keeps no file open.
 *
 * @param again - Finds the buffer in another form, where the file has been removed meanwhile.
 */
async function* readFile(
  { facts, form }: Found,
  read: (file: OpenFile, form: Form) => AsyncIterable<Uint8Array>,
  again?: () => Promise<Found | undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await openFile(facts.path);
  if (file === undefined) {
    const found = await again?.();
    if (found === undefined) throw removedError(facts.path);
    yield* readFile(found, read, again);
    return;
  }
  try {
    yield* read(file, form);
  } finally {
    await file.handle.close();
  }
}

/** The length of an encoded file, in bytes; `undefined` if it has just been removed, or takes a decoder too much memory. */
async function sendableLength(coding: Coding, path: string): Promise<number | undefined> {
  const file = await openFile(path);
  if (file === undefined) return undefined;
  try {
    return (await isSendable(coding, partsOf(file))) ? file.size : undefined;
  } finally {
    await file.handle.close();
  }
}

function removedError(path: string): SeamlessError {
  return new SeamlessError("IO_ERROR", `${showPath(path)} has just been removed`, { file: path });
}

function oneChunk(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      if (bytes.byteLength > 0) controller.enqueue(bytes);
      controller.close();
    },
  });
}
