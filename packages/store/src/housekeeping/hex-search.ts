/** Hex digits of a checksum. */
const DIGITS = 64;

/** Byte of a character → its value as a hex digit of either case; 255 for all others. */
const VALUES = /* @__PURE__ */ Uint8Array.from({ length: 256 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(value) ? 255 : value;
});

/**
 * Told of 64 hex digits in a row.
 *
 * @param tail - The last eight, as a number.
 * @param byteAt - Gives each of the 32 bytes that they spell.
 */
export type OnHex = (tail: number, byteAt: (at: number) => number) => void;

/** The last digits that have come. */
class Run {
  /** Used in turn: the oldest is at `#length` modulo 64. */
  readonly #digits = new Uint8Array(DIGITS);
  #length = 0;
  #tail = 0;
  readonly #byteAt = (at: number) => (this.#digit(2 * at) << 4) | this.#digit(2 * at + 1);

  #digit(at: number): number {
    return this.#digits[(this.#length + at) % DIGITS]!;
  }

  /** Of a longer row, each 64 that follow each other are told. */
  read(chunk: Uint8Array, onHex: OnHex): void {
    let [length, tail] = [this.#length, this.#tail];
    for (let i = 0; i < chunk.length; i++) {
      const value = VALUES[chunk[i]!]!;
      if (value === 255) {
        length = 0;
        continue;
      }
      this.#digits[length % DIGITS] = value;
      length++;
      tail = ((tail << 4) | value) >>> 0;
      if (length < DIGITS) continue;
      this.#length = length;
      onHex(tail, this.#byteAt);
    }
    [this.#length, this.#tail] = [length, tail];
  }

  copy(): Run {
    const copy = new Run();
    copy.#digits.set(this.#digits);
    copy.#length = this.#length;
    copy.#tail = this.#tail;
    return copy;
  }
}

const BACKSLASH = 0x5c;
const U = 0x75;

/** Undoes what JSON escapes, so far as it concerns hex digits: all other escapes become a character that is none. */
class Unescape {
  /** An escape that has begun, after its backslash. */
  #escape: number[] | undefined;

  read(chunk: Uint8Array): Uint8Array {
    const plain = new Uint8Array(chunk.byteLength);
    let length = 0;
    for (const character of chunk) {
      if (this.#escape === undefined) {
        if (character === BACKSLASH) this.#escape = [];
        else plain[length++] = character;
        continue;
      }
      this.#escape.push(character);
      const [kind, ...digits] = this.#escape;
      if (kind === U && digits.length < 4 && (digits.length === 0 || VALUES[character] !== 255)) continue;
      const code = kind === U ? Number.parseInt(String.fromCharCode(...digits), 16) : 0;
      plain[length++] = code < 128 ? code : 0;
      this.#escape = undefined;
    }
    return plain.subarray(0, length);
  }
}

/**
 * Finds what may be a checksum in the bytes of a text, which come in chunks: 64 hex digits, as they stand there, and as
 * they are once the escapes of JSON are undone.
 */
export class HexSearch {
  readonly #onHex: OnHex;
  readonly #plain = new Run();
  /** From the first backslash on. */
  #unescaped: { readonly escapes: Unescape; readonly run: Run } | undefined;

  constructor(onHex: OnHex) {
    this.#onHex = onHex;
  }

  read(chunk: Uint8Array): void {
    if (this.#unescaped === undefined && chunk.includes(BACKSLASH)) {
      this.#unescaped = { escapes: new Unescape(), run: this.#plain.copy() };
    }
    this.#plain.read(chunk, this.#onHex);
    if (this.#unescaped === undefined) return;
    const { escapes, run } = this.#unescaped;
    run.read(escapes.read(chunk), this.#onHex);
  }
}
