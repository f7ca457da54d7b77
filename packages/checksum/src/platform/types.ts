/** What differs between Node and browsers; `#platform` in package.json chooses by export condition. */
export interface Platform {
  /** 32 bytes. */
  hashBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer>;
  /** The same as 64 lowercase hex digits. */
  hashHex(bytes: Uint8Array): string;
  createHasher(): Hasher;
  /** Text of a small file (a `.CHECKSUM`). */
  readTextFile(path: string | URL): Promise<string>;
  /** Replace a file, whole or not at all. */
  writeTextFile(path: string | URL, text: string): Promise<void>;
}

/** The platform's incremental SHA-256, unguarded. */
export interface Hasher {
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array;
}
