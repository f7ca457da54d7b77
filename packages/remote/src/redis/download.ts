import { type Checksum, type ProvenBytes, SeamlessError } from "@seamless/checksum";
import { proveOwnedInSlices } from "@seamless/checksum/unsafe";
import {
  chunkStream,
  type GetStreamOptions,
  joinChunks,
  requireOffset,
  type TransferOptions,
  verifiedStream,
  withProgress,
} from "@seamless/store";
import { LARGEST_ARRAY, requireProofOf } from "../bytes.ts";
import { requestError } from "../request-error.ts";
import { CHUNK, type Head, readHead } from "./keys.ts";
import type { RedisSettings } from "./options.ts";
import type { Values } from "./values.ts";

/** In bytes: a short buffer, which has come whole, is given out in parts of this. */
const PART = 2 ** 18;

/** Chunks of a long buffer that are asked for before they are read. */
const PREFETCH = 3;

/** Gets buffers: verified, within the limit. What the server has let go of, in whole or in part, is missing. */
export class Download {
  readonly #values: Values;
  readonly #settings: RedisSettings;

  constructor(values: Values, settings: RedisSettings) {
    this.#values = values;
    this.#settings = settings;
  }

  async get(checksum: Checksum, options: TransferOptions): Promise<ProvenBytes | undefined> {
    const found = await this.#find(checksum, options);
    if (found === undefined) return undefined;
    const { head, bytes } = found;
    this.#requireAtMost(checksum, head, LARGEST_ARRAY);
    const { length } = head;
    if (bytes !== undefined) {
      options.onProgress?.({ bytes: bytes.byteLength, totalBytes: length });
      return this.#prove(checksum, bytes, options);
    }
    try {
      const chunks = withProgress(this.#chunks(checksum, head, 0, options.signal), options.onProgress, length);
      return await this.#prove(checksum, await joinChunks(chunks), options);
    } catch (error) {
      if (error instanceof Evicted) return undefined;
      throw error;
    }
  }

  async getStream(checksum: Checksum, options: GetStreamOptions): Promise<ReadableStream<Uint8Array> | undefined> {
    const { signal, onProgress, offset = 0 } = options;
    const { name } = this.#settings;
    const found = await this.#find(checksum, options);
    if (found === undefined) return undefined;
    const { head, bytes } = found;
    this.#requireAtMost(checksum, head, this.#settings.maxBytes);
    requireOffset(offset, bytes?.byteLength ?? head.length, checksum, name);
    if (bytes === undefined && !(await this.#values.isWhole("get", checksum, head, options))) return undefined;
    const chunks = bytes === undefined ? this.#chunks(checksum, head, offset, signal) : parts(bytes.subarray(offset));
    const told = withProgress(chunks, onProgress, head.length - offset);
    if (offset > 0) return chunkStream(told, { signal });
    return verifiedStream(checksum, told, { signal, store: name });
  }

  /** The head of a buffer, and its bytes if it is short. */
  async #find(checksum: Checksum, { signal }: TransferOptions) {
    const subject = this.#values.subject("get", checksum);
    const asked = this.#values.ask(subject, ["GET", this.#values.keys.head(checksum)], signal);
    const value = (await asked) as Uint8Array | null;
    if (value === null) return undefined;
    const head = readHead(value);
    if (head === undefined) {
      throw requestError("STORE_FAILED", subject, "something else lies there by that name");
    }
    void this.#values.refresh(checksum, head);
    // Memory of its own: that of the reply may be a part of what the socket has read.
    return { head, bytes: head.kind === "short" ? new Uint8Array(value.subarray(head.start)) : undefined };
  }

  async #prove(checksum: Checksum, bytes: Uint8Array, { signal }: TransferOptions): Promise<ProvenBytes> {
    return requireProofOf(checksum, await proveOwnedInSlices(bytes, { signal }), this.#settings.name);
  }

  /** @throws {Evicted} where the server has let go of a chunk. */
  async *#chunks(
    checksum: Checksum,
    head: Head,
    offset: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const subject = this.#values.subject("get", checksum);
    const keys = this.#values.keys.chunks(checksum, head);
    const first = Math.floor(offset / CHUNK);
    const begun: Promise<unknown>[] = [];
    const { ttl = Number.POSITIVE_INFINITY } = this.#settings;
    let refreshed = performance.now();
    for (let next = first, at = first; at < keys.length; at++) {
      while (next < keys.length && next < at + PREFETCH) {
        const asked = this.#values.ask(subject, ["GET", keys[next++]!], signal);
        // It may be that nobody asks for it any more.
        asked.catch(() => undefined);
        begun.push(asked);
      }
      // A slow reader, too, keeps what he reads.
      if (performance.now() - refreshed > ttl / 2) {
        refreshed = performance.now();
        void this.#values.refresh(checksum, head);
      }
      const chunk = (await begun.shift()) as Uint8Array | null;
      if (chunk === null) throw new Evicted(this.#settings.name, checksum);
      yield owned(at === first ? chunk.subarray(offset - first * CHUNK) : chunk);
    }
  }

  #requireAtMost(checksum: Checksum, { length }: Head, most: number): void {
    const { name, maxBytes } = this.#settings;
    const limit = Math.min(most, maxBytes);
    if (length <= limit) return;
    const message = `${name}: ${checksum.hex()} has ${length} bytes, more than the limit of ${limit} (maxBytes)`;
    throw new SeamlessError("TOO_LARGE", message, { checksum, store: name });
  }
}

/** A chunk of a buffer is gone. */
class Evicted extends SeamlessError {
  constructor(store: string, checksum: Checksum) {
    super("CACHE_MISS", `${store}: the server let go of ${checksum.hex()} while it was read`, { checksum, store });
  }
}

/** Memory of its own, and no more than that. */
function owned(chunk: Uint8Array): Uint8Array {
  const isOwn = chunk.byteLength === chunk.buffer.byteLength;
  return isOwn ? new Uint8Array(chunk.buffer) : new Uint8Array(chunk);
}

async function* parts(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.byteLength; at += PART) yield new Uint8Array(bytes.subarray(at, at + PART));
}
