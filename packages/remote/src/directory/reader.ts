import { type AbortOptions, type Checksum, isSeamlessError, type ProvenBytes, SeamlessError } from "@seamless/checksum";
import { hashFiles } from "@seamless/checksum/node";
import { mapParallel } from "@seamless/internal/parallel";
import { showPath } from "@seamless/internal/text";
import {
  type CheckOptions,
  chunkStream,
  type GetStreamOptions,
  mismatchError,
  requireOffset,
  type TransferOptions,
  verifiedStream,
  withProgress,
} from "@seamless/store";
import { skipBytes } from "../bytes.ts";
import { FORMS, type Form } from "../encoding/forms.ts";
import { decodedLength, type FormOptions, formChunks, hashContents, type ReadContents, readContents } from "./forms.ts";
import { fileOf, filesOf, type Place, pathOf } from "./layout.ts";
import type { LayoutDetector } from "./layout-detector.ts";
import { isLocked, LOCK_LIFE, type LockWait, waitForLocks } from "./other-writers.ts";
import { type FileFacts, lookAt, openFile, requireReadable } from "./read-file.ts";
import type { Verdict } from "./types.ts";

/** In bytes: buffers up to this size are verified before their stream begins. */
const SMALL = 2 ** 20;

/** The forms that a store writes: compressed ones come from other programs. */
const PLAIN = FORMS.filter(({ coding }) => coding === undefined);

/** Result of one attempt to read the files of a checksum. What cannot be read is wrong, too. */
type Attempt =
  | { readonly outcome: "right"; readonly proven?: ProvenBytes | undefined }
  | { readonly outcome: "wrong"; readonly error: SeamlessError; readonly readable: boolean }
  | { readonly outcome: "missing" };

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

  /** The same as a stream, in constant memory. */
  async getStream(checksum: Checksum, options: GetStreamOptions): Promise<ReadableStream<Uint8Array> | undefined> {
    const { signal, onProgress, chunkSize, memory, offset = 0 } = options;
    const place = await this.#detector.forReading();
    let found = await this.#find(place, checksum);
    if (found === undefined || (await this.#isBeingWritten(place, found.facts))) {
      await this.#waitForLocks(place, checksum, signal);
      found = await this.#find(place, checksum);
    }
    signal?.throwIfAborted();
    if (found === undefined) return undefined;
    const isPlain = found.form.coding === undefined;
    if (isPlain) requireOffset(offset, found.facts.size, checksum, this.#forms.store);
    const told = (chunks: AsyncIterable<Uint8Array>) =>
      withProgress(chunks, onProgress, isPlain ? found.facts.size - offset : undefined);
    if (offset > 0) return chunkStream(told(this.#rest(found, checksum, options, offset)), { signal });
    if (found.facts.size > SMALL || !isPlain) {
      const chunks = readForm(found, { ...this.#forms, chunkSize, memory });
      return verifiedStream(checksum, told(chunks), { signal, store: this.#forms.store });
    }
    const proven = await this.get(checksum, options);
    return proven === undefined ? undefined : oneChunk(proven.expose());
  }

  /** A file is read from there; what is compressed has to be decoded from its start. */
  #rest(found: Found, checksum: Checksum, { chunkSize, memory }: GetStreamOptions, offset: number) {
    const { store } = this.#forms;
    if (found.form.coding === undefined) return readForm(found, { ...this.#forms, chunkSize, memory }, offset);
    requireOffset(offset, Number.MAX_SAFE_INTEGER, checksum, store);
    return skipBytes(readForm(found, { ...this.#forms, chunkSize }), offset, checksum, store);
  }

  /** The length in bytes, from `stat`; `undefined` for what is missing, or still being written. */
  async length(checksum: Checksum): Promise<number | undefined> {
    const place = await this.#detector.forReading();
    const found = await this.#find(place, checksum);
    if (found === undefined || (await this.#isBeingWritten(place, found.facts))) return undefined;
    const { facts, form } = found;
    return form.coding === undefined ? facts.size : decodedLength(form, facts.path, this.#forms);
  }

  /**
   * Is the plain file there, and right? Waits for the locks of other programs before it says that it is wrong.
   *
   * @returns also when a right one was last written, in milliseconds since 1970.
   */
  async check(
    place: Place,
    checksum: Checksum,
    { signal }: AbortOptions,
  ): Promise<{ readonly outcome: Attempt["outcome"]; readonly modified: number }> {
    // Mostly there is none, and one look shows that. A compressed form does not count: the plain one is written all the same.
    const facts = await lookAt(fileOf(place, checksum.hex())).catch(damage);
    if (facts === undefined) return { outcome: "missing", modified: 0 };
    const modified = "modified" in facts ? facts.modified : 0;
    const here = { root: place.root, layout: place.layout };
    const { outcome } = await this.#attempt(here, checksum, hashContents, signal, PLAIN);
    if (outcome !== "wrong") return { outcome, modified };
    await this.#waitForLocks(place, checksum, signal);
    return {
      outcome: (await this.#attempt(here, checksum, hashContents, signal, PLAIN)).outcome,
      modified: Date.now(),
    };
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
      for (const form of forms) {
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
      for (const form of FORMS) {
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

  /** A file that is older than any lock can be is not being written, so there is no need to look for locks. */
  async #isBeingWritten({ root }: Place, { path, modified }: FileFacts): Promise<boolean> {
    return Date.now() - modified < LOCK_LIFE && (await isLocked(root, path));
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

/** The bytes of a file, opened when the first are asked for: a stream that is never read keeps no file open. */
async function* readForm(
  { facts, form }: Found,
  reader: FormOptions,
  start = 0,
): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await openFile(facts.path);
  if (file === undefined) {
    const message = `${showPath(facts.path)} has just been removed`;
    throw new SeamlessError("IO_ERROR", message, { file: facts.path });
  }
  try {
    yield* formChunks(form, file, reader, start);
  } finally {
    await file.handle.close();
  }
}

function oneChunk(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      if (bytes.byteLength > 0) controller.enqueue(bytes);
      controller.close();
    },
  });
}

/** Files that are hashed in one go: enough for threads to pay, and a few megabytes of names. */
export const HASHED_AT_ONCE = 16_384;

/** Files that are read one by one, at a time: while one is hashed, others come from the disk. */
export const READS_AT_ONCE = 4;

/** Hashes buffers in place. Most are plain files, and right: only the others are looked at again, one by one and in all forms. */
export async function checkBuffers(
  detector: LayoutDetector,
  reader: Reader,
  checksums: readonly Checksum[],
  { signal, onProgress }: CheckOptions,
): Promise<Verdict[]> {
  const place = await detector.forReading();
  const verdicts: Verdict[] = [];
  let bytes = 0;
  for (let start = 0; start < checksums.length; start += HASHED_AT_ONCE) {
    const batch = checksums.slice(start, start + HASHED_AT_ONCE);
    const tell = ({ files, bytes: hashed }: { files: number; bytes: number }) =>
      onProgress?.({ files: start + files, totalFiles: checksums.length, bytes: bytes + hashed });
    const hashed = await hashFiles(
      place.root,
      batch.map((checksum) => pathOf(place, checksum.hex())),
      { signal, onProgress: onProgress && tell },
    );
    bytes += hashed.bytes;
    const isRight = (checksum: Checksum, index: number) => hashed.hex[index] === checksum.hex();
    verdicts.push(
      ...(await mapParallel(batch, { limit: READS_AT_ONCE }, (checksum, index) =>
        isRight(checksum, index) ? Promise.resolve<Verdict>("ok") : lookCloser(reader, checksum, signal),
      )),
    );
  }
  return verdicts;
}

async function lookCloser(reader: Reader, checksum: Checksum, signal: AbortSignal | undefined): Promise<Verdict> {
  signal?.throwIfAborted();
  try {
    return await reader.verdict(checksum, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    if (!isSeamlessError(error)) throw error;
    return "unreadable";
  }
}
