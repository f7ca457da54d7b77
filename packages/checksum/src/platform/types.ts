/** What differs between Node and browsers; `#platform` in package.json chooses by export condition. */
export interface Platform {
  /** 32 bytes. */
  hashBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer>;
  /** The same as 64 lowercase hex digits. */
  hashHex(bytes: Uint8Array): string;
  createHasher(): Hasher;
  /**
   * 32 bytes, hashed in another thread than this one. Missing where the platform has no reason to.
   *
   * @returns resolves to `undefined` if that cannot be done, or is not worth the while, for these bytes.
   */
  readonly hashElsewhere: ((bytes: Uint8Array) => Promise<Uint8Array | undefined>) | undefined;
  /** The bytes of a file of at most `limit` bytes. */
  readFile(path: string | URL, limit?: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Replace a file, whole or not at all. */
  writeFile(path: string | URL, data: string | Uint8Array): Promise<void>;
}

/** The platform's incremental SHA-256, unguarded. */
export interface Hasher {
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array;
}
