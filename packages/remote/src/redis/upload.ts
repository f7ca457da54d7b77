import type { Checksum, ProvenBytes } from "@seamless/checksum";
import { readProven } from "@seamless/checksum/unsafe";
import { concatBytes } from "@seamless/internal/bytes";
import {
  type PutStreamOptions,
  type TransferOptions,
  verifiedChunks,
  verifyInSlices,
  withProgress,
} from "@seamless/store";
import { CHUNK, longValue, newUpload, shortValue } from "./keys.ts";
import type { RedisSettings } from "./options.ts";
import { asBuffer, UNFINISHED, type Values } from "./values.ts";

/** Chunks that are on their way to the server at once. */
const AT_ONCE = 3;

/** Puts buffers: short ones in one key; long ones in chunks, which are hashed as they go and shown when all are there. */
export class Upload {
  readonly #values: Values;
  readonly #settings: RedisSettings;

  constructor(values: Values, settings: RedisSettings) {
    this.#values = values;
    this.#settings = settings;
  }

  async put(checksum: Checksum, bytes: Uint8Array, options: TransferOptions): Promise<void> {
    if (bytes.byteLength > CHUNK) return this.putStream(checksum, slices(bytes), options);
    // What is sent is what was hashed: a copy.
    const value = shortValue(bytes);
    const copy = value.subarray(value.byteLength - bytes.byteLength);
    await verifyInSlices(checksum, copy, { signal: options.signal, store: this.#settings.name });
    await this.#putShort(checksum, value, bytes.byteLength, options);
  }

  async putProven(proven: ProvenBytes, options: TransferOptions): Promise<void> {
    const { checksum, length } = proven;
    if (length > CHUNK) return this.putStream(checksum, slices(readProven(proven)), options);
    const value = shortValue(readProven(proven));
    await this.#putShort(checksum, value, length, options);
  }

  async putStream(checksum: Checksum, source: AsyncIterable<Uint8Array>, options: PutStreamOptions): Promise<void> {
    const { signal, length, onProgress } = options;
    const upload = new ChunkedUpload(this.#values, checksum, signal);
    const told = withProgress(source, onProgress, length);
    try {
      for await (const bytes of verifiedChunks(checksum, told, { signal, length, store: this.#settings.name })) {
        await upload.add(bytes);
      }
      const short = upload.short;
      if (short === undefined) await upload.finish();
      else await this.#values.set(checksum, shortValue(short), { signal });
    } catch (error) {
      await upload.discard();
      throw error;
    }
  }

  async #putShort(checksum: Checksum, value: Uint8Array, length: number, options: TransferOptions): Promise<void> {
    const { signal, onProgress } = options;
    await this.#values.set(checksum, value, { signal });
    onProgress?.({ bytes: length, totalBytes: length });
  }
}

/** One upload, of which nobody sees anything before it is finished. Its chunks expire if that never comes. */
class ChunkedUpload {
  readonly #values: Values;
  readonly #checksum: Checksum;
  readonly #signal: AbortSignal | undefined;
  readonly #name = newUpload();
  readonly #under = new Set<Promise<void>>();
  #failure: { readonly reason: unknown } | undefined;
  /** The chunk that is being filled, and its length so far in bytes. */
  #pieces: Uint8Array[] = [];
  #filled = 0;
  #sent = 0;
  #refreshed = performance.now();

  constructor(values: Values, checksum: Checksum, signal: AbortSignal | undefined) {
    this.#values = values;
    this.#checksum = checksum;
    this.#signal = signal;
  }

  /** All that was added, if that is not more than a chunk. */
  get short(): Uint8Array | undefined {
    return this.#sent === 0 ? concatBytes(this.#pieces) : undefined;
  }

  /** @param bytes - Not to be changed any more. */
  async add(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.byteLength; ) {
      // Only when more comes: what ends with a full chunk may be short.
      if (this.#filled === CHUNK) await this.#sendChunk();
      const part = bytes.subarray(at, at + CHUNK - this.#filled);
      this.#pieces.push(part);
      this.#filled += part.byteLength;
      at += part.byteLength;
    }
  }

  async finish(): Promise<void> {
    const length = this.#sent * CHUNK + this.#filled;
    await this.#sendChunk();
    await Promise.all(this.#under);
    if (this.#failure !== undefined) throw this.#failure.reason;
    await this.#values.swap("put", this.#checksum, longValue(length, this.#name), { signal: this.#signal });
  }

  async discard(): Promise<void> {
    await Promise.allSettled(this.#under);
    await this.#values.discard(this.#checksum, this.#name, this.#sent);
  }

  async #sendChunk(): Promise<void> {
    while (this.#under.size >= AT_ONCE) await Promise.race(this.#under);
    if (this.#failure !== undefined) throw this.#failure.reason;
    await this.#keepAlive();
    const { keys } = this.#values;
    const key = keys.chunk(this.#checksum, this.#name, this.#sent++);
    const bytes = this.#pieces.length === 1 ? this.#pieces[0]! : concatBytes(this.#pieces);
    this.#pieces = [];
    this.#filled = 0;
    const args = ["SET", key, asBuffer(bytes), "PX", String(UNFINISHED)];
    const sending = this.#values
      .ask(this.#values.subject("put", this.#checksum), args, this.#signal)
      .then(
        () => undefined,
        (reason: unknown) => {
          this.#failure ??= { reason };
        },
      )
      .finally(() => this.#under.delete(sending));
    this.#under.add(sending);
  }

  /** An upload may take longer than what it has sent is kept. */
  async #keepAlive(): Promise<void> {
    const now = performance.now();
    if (now - this.#refreshed < UNFINISHED / 4) return;
    this.#refreshed = now;
    const sent = Array.from({ length: this.#sent }, (_, i) => this.#values.keys.chunk(this.#checksum, this.#name, i));
    await this.#values.expire(this.#checksum, sent, UNFINISHED, this.#signal);
  }
}

/** In parts of a chunk. */
async function* slices(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.byteLength; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
}
