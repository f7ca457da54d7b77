import { Checksum } from "@seamless/checksum";

/** Length of a chunk, in bytes; what is no longer lies in one key. */
export const CHUNK = 2 ** 22;

/**
 * What lies under the key of a buffer. A short one: `=LENGTH:` and its bytes. A longer one: `@LENGTH:UPLOAD:`, the name of
 * the upload that brought its chunks, so that those of two uploads never mix.
 */
export type Head =
  | { readonly kind: "short"; readonly length: number /** Where the bytes begin. */; readonly start: number }
  | { readonly kind: "long"; readonly length: number; readonly upload: string };

/** How much of a value is read to know its head, in bytes: it is never longer. */
export const HEAD_BYTES = 64;

const [EQUALS, AT, COLON] = [0x3d, 0x40, 0x3a];

/** The head of a value, by its first bytes; `undefined` for something else that lies there. */
export function readHead(bytes: Uint8Array): Head | undefined {
  const [mark] = bytes;
  if (mark !== EQUALS && mark !== AT) return undefined;
  const start = bytes.subarray(0, HEAD_BYTES);
  const colon = start.indexOf(COLON);
  const digits = String.fromCharCode(...start.subarray(1, Math.max(colon, 1)));
  if (!/^\d{1,15}$/.test(digits)) return undefined;
  const length = Number(digits);
  if (mark === EQUALS) return { kind: "short", length, start: colon + 1 };
  const [, upload] = /^([0-9a-f]{16}):/.exec(String.fromCharCode(...start.subarray(colon + 1))) ?? [];
  return upload === undefined ? undefined : { kind: "long", length, upload };
}

/** A short buffer as it lies there. */
export function shortValue(bytes: Uint8Array): Uint8Array {
  const head = new TextEncoder().encode(`=${bytes.byteLength}:`);
  const value = new Uint8Array(head.byteLength + bytes.byteLength);
  value.set(head);
  value.set(bytes, head.byteLength);
  return value;
}

/** The head of a long buffer. */
export function longValue(length: number, upload: string): string {
  return `@${length}:${upload}:`;
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
