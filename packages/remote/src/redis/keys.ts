import { Checksum } from "@seamless/checksum";

/** Length of a chunk, in bytes; what is no longer lies in one key. */
export const CHUNK = 2 ** 22;

/**
 * What lies under the key of a buffer. A short one: `=LENGTH,TIME:` and its bytes. A longer one: `@LENGTH,TIME:UPLOAD:`, the name
 * of the upload that brought its chunks, so that those of two uploads never mix. When it was put or touched last is told in 13
 * digits, so that it can be replaced where it stands: in milliseconds since 1970.
 */
export type Head = { readonly length: number; readonly modified: number } & (
  | { readonly kind: "short" /** Where the bytes begin. */; readonly start: number }
  | { readonly kind: "long"; readonly upload: string }
);

/** How much of a value is read to know its head, in bytes: it is never longer. */
export const HEAD_BYTES = 64;

/** Digits of a time, and of a length at most. */
const TIME_DIGITS = 13;
const LENGTH_DIGITS = 15;

const [EQUALS, AT, COLON, COMMA, ZERO] = [0x3d, 0x40, 0x3a, 0x2c, 0x30];

/** The head of a value, by its first bytes; `undefined` for something else that lies there. */
export function readHead(bytes: Uint8Array): Head | undefined {
  const [mark] = bytes;
  if (mark !== EQUALS && mark !== AT) return undefined;
  const length = readNumber(bytes, 1, LENGTH_DIGITS, COMMA);
  if (length === undefined) return undefined;
  const time = readNumber(bytes, length.end, TIME_DIGITS, COLON);
  if (time === undefined || time.end !== length.end + TIME_DIGITS + 1) return undefined;
  const facts = { length: length.value, modified: time.value };
  if (mark === EQUALS) return { kind: "short", ...facts, start: time.end };
  const rest = String.fromCharCode(...bytes.subarray(time.end, HEAD_BYTES));
  const [, upload] = /^([0-9a-f]{16}):/.exec(rest) ?? [];
  return upload === undefined ? undefined : { kind: "long", ...facts, upload };
}

/**
 * A number in digits. By hand: for a small buffer, text and patterns would cost more than all the rest of reading it.
 *
 * @param most - Digits.
 * @param mark - What follows them.
 * @returns also where it goes on.
 */
function readNumber(bytes: Uint8Array, start: number, most: number, mark: number) {
  let value = 0;
  for (let at = start; at <= start + most; at++) {
    const byte = bytes[at];
    if (byte === mark && at > start) return { value, end: at + 1 };
    const digit = (byte ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return undefined;
}

/** A short buffer as it lies there, put now. */
export function shortValue(bytes: Uint8Array): Uint8Array {
  const head = new TextEncoder().encode(`=${bytes.byteLength},${timeNow()}:`);
  const value = new Uint8Array(head.byteLength + bytes.byteLength);
  value.set(head);
  value.set(bytes, head.byteLength);
  return value;
}

/** The head of a long buffer, put now. */
export function longValue(length: number, upload: string): string {
  return `@${length},${timeNow()}:${upload}:`;
}

/** As it stands in a value. */
export function timeNow(): string {
  return String(Date.now()).padStart(TIME_DIGITS, "0");
}

/** The name of a new upload. */
export function newUpload(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Names of keys. All keys of a buffer have its checksum in braces, by which a cluster keeps them on one node. */
export class Keys {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Of a buffer. */
  head(checksum: Checksum): string {
    return `${this.#prefix}:{${checksum.hex()}}`;
  }

  chunk(checksum: Checksum, upload: string, index: number): string {
    return `${this.head(checksum)}:${upload}:${index}`;
  }

  /** Of all chunks of a buffer. */
  chunks(checksum: Checksum, head: Head | undefined): string[] {
    if (head?.kind !== "long") return [];
    const count = Math.ceil(head.length / CHUNK);
    return Array.from({ length: count }, (_, i) => this.chunk(checksum, head.upload, i));
  }

  /** What `SCAN` takes for the keys of all buffers, and none of their chunks. */
  get pattern(): string {
    return `${this.#prefix}:{${"?".repeat(64)}}`;
  }

  /** The checksum in the key of a buffer; `undefined` for another key. */
  parse(key: string): Checksum | undefined {
    const hex = key.slice(this.#prefix.length + 2, -1);
    return /^[0-9a-f]{64}$/.test(hex) && key === `${this.#prefix}:{${hex}}` ? new Checksum(hex) : undefined;
  }
}
