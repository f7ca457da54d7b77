import { SeamlessError } from "@seamless/checksum";
import { optionChecks } from "@seamless/internal/option-checks";
import { describe } from "@seamless/internal/text";
import { type Coding, joinChunks } from "@seamless/store";
import { createEncoder, type Encoder, LEVELS } from "../encoding/encode.ts";
import { FORMS, type Form, formOfCoding } from "../encoding/forms.ts";

const checks = optionChecks((message) => new SeamlessError("INVALID_ARGUMENT", message));

/** A buffer is compressed if that makes its beginning so much smaller: by a tenth, as a share of its size. */
const WORTH = 0.9;

/** Of the beginning that decides, in bytes. */
const SAMPLE = 2 ** 16;

/** Bytes as a whole, or in chunks. */
export type Source = Uint8Array | AsyncIterable<Uint8Array>;

/** What is to be written of a buffer. */
export interface Shape {
  readonly form: Form;
  readonly source: Source;
  /** The length of the buffer, in bytes; known once the source has been read. */
  readonly length: () => number;
  /** Ends a source that was begun to be read, and is not wanted. */
  readonly discard?: (() => Promise<void>) | undefined;
}

/** The form for plain files. */
const PLAIN: Form = FORMS[0]!;

export function plainShape(source: Source): Shape {
  return { form: PLAIN, source, length: () => 0 };
}

/** How a store compresses what it writes. */
export class Compression {
  readonly #form: Form;
  readonly #encode: Encoder;

  /**
   * @param level - By default the one that the command of that name takes.
   * @throws {SeamlessError} `INVALID_ARGUMENT`; `UNSUPPORTED` for zstd where nothing can write it.
   */
  constructor(coding: Coding, level: number | undefined) {
    if (!Object.hasOwn(LEVELS, coding)) {
      const known = Object.keys(LEVELS).join(" or ");
      throw new SeamlessError("INVALID_ARGUMENT", `compress is ${known}, got ${describe(coding)}`);
    }
    const { most, usual } = LEVELS[coding];
    this.#form = formOfCoding(coding);
    this.#encode = createEncoder(coding, checks.wholeNumber("level", level ?? usual, 1, most));
  }

  /**
   * What to write of some bytes, which are not changed meanwhile: compressed if that is worth it, by the first 64 KiB.
   *
   * @param length - In bytes, where it is known.
   * @param onStop - Called when no more of the source is wanted, to wake it up.
   */
  shape(source: Source, length: number | undefined, onStop?: () => void): Promise<Shape> {
    return source instanceof Uint8Array ? this.#shapeWhole(source) : this.#shapeChunks(source, length, onStop);
  }

  async #shapeWhole(bytes: Uint8Array): Promise<Shape> {
    const sample = bytes.subarray(0, SAMPLE);
    const encoded = await this.#all(sample);
    if (!isWorth(encoded, sample)) return plainShape(bytes);
    const source = sample.byteLength === bytes.byteLength ? encoded : await this.#all(bytes);
    return { form: this.#form, source, length: () => bytes.byteLength };
  }

  async #shapeChunks(
    chunks: AsyncIterable<Uint8Array>,
    length: number | undefined,
    onStop: (() => void) | undefined,
  ): Promise<Shape> {
    const begun = new BegunSource(chunks);
    const discard = () => begun.discard();
    try {
      const sample = await begun.peek(SAMPLE);
      if (begun.ended) return { ...(await this.#shapeWhole(sample)), discard };
      if (!isWorth(await this.#all(sample), sample)) return { ...plainShape(begun), discard };
    } catch (error) {
      onStop?.();
      await begun.discard();
      throw error;
    }
    const source = this.#encode(begun, { length, onStop });
    return { form: this.#form, source, length: () => begun.length, discard };
  }

  #all(bytes: Uint8Array): Promise<Uint8Array> {
    return joinChunks(this.#encode(once(bytes), { length: bytes.byteLength }));
  }
}

const isWorth = (encoded: Uint8Array, sample: Uint8Array) => encoded.byteLength <= WORTH * sample.byteLength;

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

/** Chunks of which the first have been looked at, and which are read once. */
class BegunSource implements AsyncIterable<Uint8Array> {
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #peeked: Uint8Array[] = [];
  /** Whether all of it was read. */
  ended = false;
  /** Bytes that were given out. */
  length = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#iterator = source[Symbol.asyncIterator]();
  }

  /** The first bytes; fewer only if there are no more. */
  async peek(length: number): Promise<Uint8Array> {
    let total = 0;
    while (total < length && !this.ended) {
      const next = await this.#iterator.next();
      if (next.done === true) this.ended = true;
      else this.#peeked.push(next.value);
      total += next.done === true ? 0 : next.value.byteLength;
    }
    return Buffer.concat(this.#peeked, this.ended ? total : length);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (let chunk = await this.#next(); chunk !== undefined; chunk = await this.#next()) {
        this.length += chunk.byteLength;
        yield chunk;
      }
    } finally {
      await this.discard();
    }
  }

  async #next(): Promise<Uint8Array | undefined> {
    const peeked = this.#peeked.shift();
    if (peeked !== undefined || this.ended) return peeked;
    const next = await this.#iterator.next();
    if (next.done !== true) return next.value;
    this.ended = true;
    return undefined;
  }

  /** As in `for await`, an error of the clean-up must not hide the first one. */
  async discard(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    await Promise.resolve(this.#iterator.return?.()).catch(() => undefined);
  }
}
