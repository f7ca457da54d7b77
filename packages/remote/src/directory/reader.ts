import { mismatch, type StoreOptions, verifiedStream } from "@seamless/cache";
import { type Checksum, SeamlessError } from "@seamless/checksum";
import { decodedLength, formPieces } from "./compressed.ts";
import { hashContents, type ReadContents, readContents } from "./contents.ts";
import { FORMS, type Form } from "./forms.ts";
import { fileOf, type Place } from "./layout.ts";
import { isLocked, LOCK_LIFE, waitForLocks } from "./locks.ts";
import { type FileFacts, lookAt, readPieces } from "./read-file.ts";
import type { Verdict } from "./types.ts";

/** What reading needs to know of its store. */
export interface ReaderOptions {
  /** For messages. */
  readonly name: string;
  /** In milliseconds. */
  readonly lockTimeout: number;
}

/** In bytes: what is not larger is verified before it is given out as a stream. */
const SMALL = 2 ** 20;

/** Without the compressed forms, which are not ours to write. */
const PLAIN = FORMS.filter(({ coding }) => coding === undefined);

/** One look at what lies under a checksum. */
type Attempt =
  | { readonly outcome: "right"; readonly bytes: Uint8Array }
  | { readonly outcome: "wrong"; readonly error: SeamlessError }
  | { readonly outcome: "missing" };

/** Finds the file of a checksum, in any form, and reads it unless somebody else is writing it. */
export class Reader {
  readonly #place: Place;
  readonly #options: ReaderOptions;

  constructor(place: Place, options: ReaderOptions) {
    this.#place = place;
    this.#options = options;
  }

  /** The bytes, verified; `undefined` if there are none. Waits for the lock of another tool before it says no. */
  async get(checksum: Checksum, { signal }: StoreOptions): Promise<Uint8Array | undefined> {
    let attempt = await this.#attempt(checksum, readContents, signal);
    if (attempt.outcome === "right") return attempt.bytes;
    const { waited, held } = await this.#waitForLocks(checksum, signal);
    // What was wrong may have been finished, and its lock removed, before we looked for one.
    if (waited || attempt.outcome === "wrong") attempt = await this.#attempt(checksum, readContents, signal);
    if (attempt.outcome === "right") return attempt.bytes;
    if (attempt.outcome === "missing") return undefined;
    throw held ? this.#locked(checksum, attempt.error) : attempt.error;
  }

  /** The same as a stream, in constant memory. */
  async getStream(checksum: Checksum, options: StoreOptions): Promise<ReadableStream<Uint8Array> | undefined> {
    const { signal } = options;
    let found = await this.#find(checksum);
    if (found === undefined || (await this.#isBeingWritten(found.facts))) {
      await this.#waitForLocks(checksum, signal);
      found = await this.#find(checksum);
    }
    signal?.throwIfAborted();
    if (found === undefined) return undefined;
    const { name } = this.#options;
    if (found.facts.size > SMALL || found.form.coding !== undefined) {
      return verifiedStream(checksum, formPieces(found.form, readPieces(found.facts.path), name), {
        signal,
        store: name,
      });
    }
    const bytes = await this.get(checksum, options);
    return bytes === undefined ? undefined : onePiece(bytes);
  }

  /** In bytes, as the system says; `undefined` for what is missing, or still being written. */
  async length(checksum: Checksum): Promise<number | undefined> {
    const found = await this.#find(checksum);
    if (found === undefined || (await this.#isBeingWritten(found.facts))) return undefined;
    const { facts, form } = found;
    if (form.coding === undefined) return facts.size;
    return decodedLength(form, facts.path, fileOf(this.#place, checksum.hex()), this.#options.name);
  }

  /** Is it there as it is, byte for byte? Waits for the lock of another tool before it says that it is wrong. */
  async check(checksum: Checksum, { signal }: StoreOptions): Promise<Attempt["outcome"]> {
    // Mostly there is nothing, which one look shows. A compressed form does not keep the buffer from being written.
    if ((await lookAt(fileOf(this.#place, checksum.hex()))) === undefined) return "missing";
    const { outcome } = await this.#attempt(checksum, hashContents, signal, PLAIN);
    if (outcome !== "wrong") return outcome;
    await this.#waitForLocks(checksum, signal);
    return (await this.#attempt(checksum, hashContents, signal, PLAIN)).outcome;
  }

  /** What lies there, in any form, without waiting for anybody. */
  async verdict(checksum: Checksum, { signal }: StoreOptions): Promise<Verdict> {
    const { outcome } = await this.#attempt(checksum, hashContents, signal);
    if (outcome === "right") return "ok";
    if (outcome === "missing") return "missing";
    return (await isLocked(this.#place.root, fileOf(this.#place, checksum.hex()))) ? "missing" : "corrupt";
  }

  async #attempt(
    checksum: Checksum,
    read: ReadContents,
    signal: AbortSignal | undefined,
    forms: readonly Form[] = FORMS,
  ): Promise<Attempt> {
    const { name } = this.#options;
    const path = fileOf(this.#place, checksum.hex());
    let attempt: Attempt = { outcome: "missing" };
    // One form may be wrong, and another right.
    for (const form of forms) {
      signal?.throwIfAborted();
      const found = await read(path + form.suffix, form, name, signal);
      if (found === undefined) continue;
      signal?.throwIfAborted();
      if (found.checksum.equals(checksum)) return { outcome: "right", bytes: found.bytes };
      attempt = { outcome: "wrong", error: mismatch(checksum, found.checksum, { store: name }) };
    }
    return attempt;
  }

  async #find(checksum: Checksum): Promise<{ readonly facts: FileFacts; readonly form: Form } | undefined> {
    const path = fileOf(this.#place, checksum.hex());
    for (const form of FORMS) {
      const facts = await lookAt(path + form.suffix);
      if (facts !== undefined) return { facts, form };
    }
    return undefined;
  }

  /** A file that was not touched for as long as a lock lives is not being written: its locks need not be looked for. */
  async #isBeingWritten({ path, modified }: FileFacts): Promise<boolean> {
    return Date.now() - modified < LOCK_LIFE && (await isLocked(this.#place.root, path));
  }

  #waitForLocks(checksum: Checksum, signal: AbortSignal | undefined) {
    const { lockTimeout } = this.#options;
    return waitForLocks(this.#place.root, fileOf(this.#place, checksum.hex()), lockTimeout, signal);
  }

  #locked(checksum: Checksum, cause: SeamlessError): SeamlessError {
    const { name, lockTimeout } = this.#options;
    const why = `another tool has had its lock for ${lockTimeout} ms, and what it has written so far is not all`;
    return new SeamlessError("STORE_FAILED", `${name}: ${checksum.hex()} cannot be read yet: ${why}`, {
      checksum,
      store: name,
      cause,
    });
  }
}

function onePiece(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      if (bytes.byteLength > 0) controller.enqueue(bytes);
      controller.close();
    },
  });
}
