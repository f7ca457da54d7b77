import type { HeadObjectCommandOutput } from "@aws-sdk/client-s3";
import { type AbortOptions, Checksum, isSeamlessError } from "@seamless/checksum";
import { mapParallel } from "@seamless/internal/parallel";
import type { DeleteOptions, ListedBuffer } from "@seamless/store";
import { FORMS, type Form, LENGTH_SUFFIX } from "../encoding/forms.ts";
import { type Connection, MISSING } from "./connection.ts";
import { foreignError, type Subject, statusOf, subjectError } from "./errors.ts";
import { isMark } from "./keys.ts";
import type { Settings } from "./options.ts";

/** Own metadata of an object: the checksum of what was hashed before it became visible. */
export const VERIFIED = "seamless-sha256";

/** What a bucket has of a buffer, by the suffix of its key: the size in bytes. */
export type Forms = ReadonlyMap<string, number>;

/** What lies under one key. */
interface Stored {
  /** In bytes. */
  readonly size: number;
  /** When it was put, in milliseconds since 1970, by the clock of the server. */
  readonly modified: number | undefined;
}

/** One form of a buffer. */
export interface FormKey {
  readonly checksum: Checksum;
  /** Follows the checksum in the key. */
  readonly suffix: string;
}

/** What HEAD says of an object. */
export interface ObjectFacts extends Stored {
  /** Whether it says that it was hashed before it became visible, as what it is asked for by. */
  readonly verified: boolean;
}

/** Finds objects, without their bytes. */
export class Lookup {
  readonly #connection: Connection;
  readonly #settings: Settings;

  constructor(connection: Connection, settings: Settings) {
    this.#connection = connection;
    this.#settings = settings;
  }

  /** Is a buffer there, in any form? */
  async has(checksum: Checksum, { signal }: AbortOptions): Promise<boolean> {
    if ((await this.head(checksum, "", { signal })) !== undefined) return true;
    return hasForm(await this.forms(checksum, { signal }));
  }

  /** @returns `undefined` for what is not there, or for a bucket that is not. */
  async head(checksum: Checksum, suffix: string, options: AbortOptions): Promise<ObjectFacts | undefined> {
    const found = await this.object(checksum, suffix, options);
    return found && factsOf(found, checksum);
  }

  /** The same of the form in which a buffer is read first. */
  async first(checksum: Checksum, options: AbortOptions): Promise<ObjectFacts | undefined> {
    const plain = await this.head(checksum, "", options);
    if (plain !== undefined) return plain;
    const forms = await this.forms(checksum, options);
    const form = FORMS.find(({ suffix }) => forms.has(suffix));
    return form && this.head(checksum, form.suffix, options);
  }

  /** All that HEAD says. */
  async object(
    checksum: Checksum,
    suffix: string,
    { signal }: AbortOptions,
  ): Promise<HeadObjectCommandOutput | undefined> {
    const subject = this.#subject("look for", checksum);
    const Key = this.#settings.keys.of(checksum.hex(), suffix);
    try {
      const found = await this.#connection.ask("HeadObject", { Key }, { subject, signal, expected: MISSING });
      if (found === undefined) return undefined;
      if (found.ETag === undefined || found.ContentLength === undefined) throw foreignError(subject);
      return found;
    } catch (error) {
      signal?.throwIfAborted();
      // An answer to HEAD has no words; one to GET says why.
      if (isSeamlessError(error, "ACCESS_DENIED") || isSeamlessError(error, "INVALID_ARGUMENT") || isWordless(error)) {
        const found = await this.#connection.ask("GetObject", { Key, Range: "bytes=0-0" }, { subject, signal });
        discard(found.Body);
      }
      throw error;
    }
  }

  /**
   * All forms of a buffer, by one list. Where listing is not allowed, each is asked for, and the bucket.
   *
   * @throws {SeamlessError} `INVALID_ARGUMENT` if there is no such bucket.
   */
  async forms(checksum: Checksum, options: AbortOptions): Promise<Forms> {
    const found = await this.#stored(checksum, options);
    return new Map([...found].map(([suffix, { size }]) => [suffix, size]));
  }

  /**
   * Removes the marks of a buffer that are older than another, and so tell nothing.
   *
   * @param mark - Its suffix.
   */
  async deleteOlderMarks(checksum: Checksum, mark: string, options: AbortOptions): Promise<void> {
    const stored = await this.#stored(checksum, options);
    const { modified = 0 } = stored.get(mark) ?? {};
    const older = [...stored].filter(([suffix, each]) => isMark(suffix) && (each.modified ?? modified) < modified);
    await this.#delete(
      checksum,
      older.map(([suffix]) => suffix),
      options,
    );
  }

  /**
   * The same, with times.
   *
   * @param marks - Whether marks count, too: they are only seen where listing is allowed.
   */
  async #stored(checksum: Checksum, { signal }: AbortOptions, marks = false): Promise<ReadonlyMap<string, Stored>> {
    const { keys } = this.#settings;
    const hex = checksum.hex();
    const found = new Map<string, Stored>();
    try {
      for await (const { hex: other, suffix, ...stored } of this.#keys(
        keys.of(hex),
        "look for",
        { signal },
        checksum,
      )) {
        if (other === hex) found.set(suffix, stored);
      }
      return found;
    } catch (error) {
      if (marks || !isSeamlessError(error, "ACCESS_DENIED")) throw error;
      return this.#storedByHead(checksum, { signal }, error);
    }
  }

  async #storedByHead(checksum: Checksum, { signal }: AbortOptions, denied: unknown) {
    const found = new Map<string, Stored>();
    for (const suffix of [...FORMS.map(({ suffix }) => suffix), LENGTH_SUFFIX]) {
      const facts = await this.head(checksum, suffix, { signal });
      if (facts !== undefined) found.set(suffix, facts);
    }
    if (found.size > 0) return found;
    const subject = this.#subject("look for", checksum);
    // It says 403 of a bucket that is there: then nothing proves that the buffer is not.
    const bucket = await this.#connection
      .ask("HeadBucket", {}, { subject, signal, expected: MISSING })
      .catch((error) => {
        throw isSeamlessError(error, "ACCESS_DENIED") ? denied : error;
      });
    if (bucket !== undefined) return found;
    throw subjectError("INVALID_ARGUMENT", subject, "there is no such bucket: create it, or correct its name");
  }

  /** All buffers, each once: keys come in the order of their names, the forms of a buffer side by side. */
  async *list({ signal }: AbortOptions): AsyncGenerator<ListedBuffer, void, undefined> {
    let [last, forms] = ["", new Map<string, Stored>()];
    for await (const { hex, suffix, ...stored } of this.#keys(this.#settings.keys.prefix, "list", { signal })) {
      if (hex !== last) {
        yield* listed(last, forms);
        [last, forms] = [hex, new Map()];
      }
      forms.set(suffix, stored);
    }
    yield* listed(last, forms);
  }

  /**
   * Removes all forms of a buffer.
   *
   * @param minAge - Unless one of them is younger, in milliseconds.
   */
  async delete(checksum: Checksum, { signal, minAge = 0 }: DeleteOptions): Promise<boolean> {
    const forms = await this.#stored(checksum, { signal }, minAge > 0 && this.#settings.ifNoneMatch);
    if (minAge > 0 && youngest(forms) > Date.now() - minAge) return false;
    await this.#delete(checksum, [...forms.keys()], { signal });
    return hasForm(forms);
  }

  /** Removes some forms of a buffer, whether they are there or not. */
  async deleteForms(checksum: Checksum, forms: readonly Form[], { signal }: AbortOptions): Promise<void> {
    await this.#delete(
      checksum,
      forms.map(({ suffix }) => suffix),
      { signal },
    );
  }

  async #delete(checksum: Checksum, suffixes: readonly string[], { signal }: AbortOptions): Promise<void> {
    const subject = this.#subject("delete", checksum);
    await mapParallel(suffixes, { limit: FORMS.length, signal }, async (suffix) => {
      const Key = this.#settings.keys.of(checksum.hex(), suffix);
      const answer = await this.#connection.ask("DeleteObject", { Key }, { subject, signal });
      // S3 answers 204; a page to sign in is 200.
      if (statusOf(answer) === 200) throw foreignError(subject);
    });
  }

  /** Our keys, by pages. */
  async *#keys(prefix: string, what: string, { signal }: AbortOptions, checksum?: Checksum) {
    const subject = this.#subject(what, checksum);
    let token: string | undefined;
    do {
      // Encoded, since the keys of others may have characters that XML cannot have.
      const input = { Prefix: prefix, EncodingType: "url", ContinuationToken: token } as const;
      const page = await this.#connection.ask("ListObjectsV2", input, { subject, signal });
      if (page.Name === undefined || page.IsTruncated === undefined) throw foreignError(subject);
      for (const { Key, Size, LastModified } of page.Contents ?? []) {
        const key = Key === undefined ? undefined : page.EncodingType === "url" ? decoded(Key) : Key;
        const parsed = key === undefined ? undefined : this.#settings.keys.parse(key);
        signal?.throwIfAborted();
        if (parsed !== undefined) yield { ...parsed, size: Size ?? 0, modified: LastModified?.getTime() };
      }
      token = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  #subject(what: string, checksum: Checksum | undefined): Subject {
    return { store: this.#settings.name, what, checksum };
  }
}

/** What HEAD says of a buffer. */
export function factsOf(found: HeadObjectCommandOutput, checksum: Checksum): ObjectFacts {
  const { ContentLength = 0, LastModified, Metadata } = found;
  return { size: ContentLength, modified: LastModified?.getTime(), verified: Metadata?.[VERIFIED] === checksum.hex() };
}

/** What is told of a buffer in a list; nothing of a recorded length alone. */
function* listed(hex: string, forms: ReadonlyMap<string, Stored>): Generator<ListedBuffer, void, undefined> {
  if (!hasForm(forms)) return;
  const sizes = [...forms.values()].map(({ size }) => size);
  const stored = sizes.reduce((sum, size) => sum + size, 0);
  yield { checksum: new Checksum(hex), length: forms.get("")?.size, stored, modified: youngest(forms) };
}

/** When a form of a buffer was put last; of an unknown age, now. */
function youngest(forms: ReadonlyMap<string, Stored>): number {
  return Math.max(...[...forms.values()].map(({ modified = Date.now() }) => modified));
}

/** Is it there in one form or another? A recorded length alone is none. */
function hasForm(forms: ReadonlyMap<string, unknown>): boolean {
  return FORMS.some(({ suffix }) => forms.has(suffix));
}

/** A status alone, as 400 for credentials that have expired. */
function isWordless(error: unknown): boolean {
  return isSeamlessError(error, "STORE_FAILED") && /\banswers 4\d\d\b/.test(error.message);
}

/** @returns `undefined` for what is not encoded as it should be: no key of ours is. */
function decoded(key: string): string | undefined {
  try {
    return decodeURIComponent(key.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

/** Lets a body go that is not wanted. */
export function discard(body: unknown): void {
  const { destroy, cancel } = (body ?? {}) as { destroy?(): void; cancel?(): Promise<void> };
  if (destroy !== undefined) destroy.call(body);
  else void cancel?.call(body).catch(() => undefined);
}
