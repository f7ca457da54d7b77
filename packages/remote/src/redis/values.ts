import { type AbortOptions, type Checksum, SeamlessError } from "@seamless/checksum";
import { requestError, type Subject } from "../request-error.ts";
import type { Connection } from "./connection.ts";
import { isReply } from "./faults.ts";
import { HEAD_BYTES, type Head, Keys, readHead, timeNow } from "./keys.ts";
import type { RedisArguments, RedisSettings } from "./options.ts";

/** Keys in one command. */
const BATCH = 1000;

/** Buffers that are asked for at once. */
const AT_ONCE = 1000;

/** How long chunks stay longer than the key of their buffer, in milliseconds: that must not outlive them. */
const LONGER = 60_000;

/** How long a chunk is kept whose upload has not come to its end, in milliseconds. */
export const UNFINISHED = 3_600_000;

/** How long chunks that were replaced are kept for those who are reading them, in milliseconds. */
const REPLACED = 600_000;

/** What lies under the key of a buffer, at its beginning. */
export interface Start {
  /** `undefined` if something else lies there. */
  readonly head: Head | undefined;
  /** As the script compares it; empty for what is no text at all. */
  readonly bytes: Uint8Array;
}

/**
 * Puts another value, or none, under the key of a buffer in the place of the one that was seen there, and at the same moment
 * lets the chunks of the new one stay and those of the old one go. Nothing is done if the server has let go of a chunk of
 * the new one, or if another client was faster. What the server may refuse for want of memory comes first.
 */
const SWAP = `
local found = ''
if redis.call('TYPE', KEYS[1]).ok == 'string' then found = redis.call('GETRANGE', KEYS[1], 0, ${HEAD_BYTES - 1}) end
if found == ARGV[2] and found ~= '' then return 1 end
if found ~= ARGV[1] then return 0 end
local last = 1 + tonumber(ARGV[3])
for i = 2, last do if redis.call('EXISTS', KEYS[i]) == 0 then return -1 end end
if ARGV[2] == '' then redis.call('UNLINK', KEYS[1])
elseif ARGV[4] == '' then redis.call('SET', KEYS[1], ARGV[2])
else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[4]) end
for i = 2, last do
  if ARGV[4] == '' then redis.call('PERSIST', KEYS[i])
  else redis.call('PEXPIRE', KEYS[i], ARGV[5]) end
end
for i = last + 1, #KEYS do
  if ARGV[6] == '0' then redis.call('UNLINK', KEYS[i]) else redis.call('PEXPIRE', KEYS[i], ARGV[6]) end
end
return 1
`;

/**
 * Writes another time over that of a value, unless that is later.
 *
 * @returns 1 if there is a buffer.
 */
const TOUCH = `
if redis.call('TYPE', KEYS[1]).ok ~= 'string' then return 0 end
local head = redis.call('GETRANGE', KEYS[1], 0, ${HEAD_BYTES - 1})
local at, time = string.match(head, '^[=@]%d+,()(${"%d".repeat(13)}):')
if at == nil then return 0 end
if time < ARGV[1] then redis.call('SETRANGE', KEYS[1], at - 1, ARGV[1]) end
return 1
`;

/** How often another client may be faster. */
const PATIENCE = 100;

/** The keys and values of buffers on a server. */
export class Values {
  readonly keys: Keys;
  readonly #connection: Connection;
  readonly #settings: RedisSettings;

  constructor(connection: Connection, settings: RedisSettings) {
    this.keys = new Keys(settings.prefix);
    this.#connection = connection;
    this.#settings = settings;
  }

  /** Asks the server for something that concerns one buffer. */
  ask(subject: Subject & { readonly checksum: Checksum }, args: RedisArguments, signal: AbortSignal | undefined) {
    return this.#connection.ask({ subject, key: this.keys.head(subject.checksum), args, signal });
  }

  subject<C extends Checksum | undefined>(what: string, checksum: C): Subject & { readonly checksum: C } {
    return { store: this.#settings.name, what, checksum };
  }

  /**
   * The beginning of what lies under the key of a buffer; `undefined` if nothing does.
   *
   * @throws {SeamlessError} `STORE_FAILED`, but not for what is no text: that has no head.
   */
  async start(what: string, checksum: Checksum, { signal }: AbortOptions): Promise<Start | undefined> {
    const key = this.keys.head(checksum);
    try {
      const found = await this.ask(
        this.subject(what, checksum),
        ["GETRANGE", key, "0", String(HEAD_BYTES - 1)],
        signal,
      );
      const bytes = found as Uint8Array;
      return bytes.byteLength === 0 ? undefined : { head: readHead(bytes), bytes };
    } catch (error) {
      if (error instanceof SeamlessError && isReply(error.cause, "WRONGTYPE")) {
        return { head: undefined, bytes: new Uint8Array() };
      }
      throw error;
    }
  }

  /** The head of a buffer; `undefined` if it is not there, or not all of it. */
  async head(what: string, checksum: Checksum, options: AbortOptions): Promise<Head | undefined> {
    const head = (await this.start(what, checksum, options))?.head;
    return head !== undefined && (await this.isWhole(what, checksum, head, options)) ? head : undefined;
  }

  /**
   * Makes a buffer as young as if it had been put now, and has the server keep it for as long.
   *
   * @returns whether it is there.
   */
  async touch(checksum: Checksum, options: AbortOptions): Promise<boolean> {
    const subject = this.subject("touch", checksum);
    const head = await this.head("touch", checksum, options);
    if (head === undefined) return false;
    const args = ["EVAL", TOUCH, "1", this.keys.head(checksum), timeNow()];
    const told = await this.ask(subject, args, options.signal);
    await this.refresh(checksum, head);
    return told === 1;
  }

  /** Whether the server still has all chunks of a buffer. */
  async isWhole(what: string, checksum: Checksum, head: Head, { signal }: AbortOptions): Promise<boolean> {
    const keys = this.keys.chunks(checksum, head);
    if (keys.length === 0) return true;
    const counts = await Promise.all(
      batches(keys).map((batch) => this.ask(this.subject(what, checksum), ["EXISTS", ...batch], signal)),
    );
    return counts.reduce<number>((sum, count) => sum + Number(count), 0) === keys.length;
  }

  /**
   * Lets the server keep a buffer that is read for as long as if it had just been put. A server that takes nothing lets
   * everything be read all the same.
   */
  async refresh(checksum: Checksum, head: Head): Promise<void> {
    const { ttl } = this.#settings;
    if (ttl === undefined) return;
    const chunks = this.keys.chunks(checksum, head);
    // First those that have to stay longer.
    await this.expire(checksum, chunks, ttl + LONGER).catch(() => undefined);
    await this.expire(checksum, [this.keys.head(checksum)], ttl).catch(() => undefined);
  }

  /** Lets the server keep some keys of a buffer for a time from now on. */
  async expire(checksum: Checksum, keys: readonly string[], ms: number, signal?: AbortSignal): Promise<void> {
    const subject = this.subject("refresh", checksum);
    await Promise.all(keys.map((key) => this.ask(subject, ["PEXPIRE", key, String(ms)], signal)));
  }

  /** @param value - Of a short buffer. */
  async set(checksum: Checksum, value: Uint8Array, { signal }: AbortOptions): Promise<void> {
    const { ttl } = this.#settings;
    const limit = ttl === undefined ? [] : ["PX", String(ttl)];
    await this.ask(this.subject("put", checksum), ["SET", this.keys.head(checksum), asBuffer(value), ...limit], signal);
  }

  /**
   * Shows a long buffer, all of whose chunks were sent, or none any more.
   *
   * @param value - Its head; empty to remove it.
   * @param minAge - Leaves what is younger, in milliseconds.
   * @returns whether there was something before, and is not left.
   * @throws {SeamlessError} `STORE_FAILED` if the server has let go of a chunk.
   */
  async swap(what: string, checksum: Checksum, value: string, { signal }: AbortOptions, minAge = 0): Promise<boolean> {
    const subject = this.subject(what, checksum);
    const { ttl } = this.#settings;
    const times = [ttl === undefined ? "" : String(ttl), ttl === undefined ? "" : String(ttl + LONGER)];
    const grace = value === "" ? "0" : String(REPLACED);
    const fresh = this.keys.chunks(checksum, readHead(new TextEncoder().encode(value)));
    for (let attempt = 0; attempt < PATIENCE; attempt++) {
      const start = await this.start(what, checksum, { signal });
      // It was there if it has gone between two looks: by us, if an answer was lost.
      if (start === undefined && value === "") return attempt > 0;
      // Its time is a part of what the script compares: it is not removed if it is touched meanwhile.
      if (minAge > 0 && Date.now() - (start?.head?.modified ?? 0) < minAge) return false;
      const old = this.keys.chunks(checksum, start?.head).filter((key) => !fresh.includes(key));
      const keys = [this.keys.head(checksum), ...fresh, ...old];
      const seen = asBuffer(start?.bytes ?? new Uint8Array());
      const args = [seen, value, String(fresh.length), ...times, grace];
      const told = await this.ask(subject, ["EVAL", SWAP, String(keys.length), ...keys, ...args], signal);
      if (told === 1) return start !== undefined;
      if (told === -1) {
        throw requestError("STORE_FAILED", subject, "the server has let go of a part of it while it was written");
      }
    }
    throw requestError("STORE_FAILED", subject, "other clients keep writing it");
  }

  /** Gives up the chunks of an upload; what cannot be removed now goes by itself. */
  async discard(checksum: Checksum, upload: string, count: number): Promise<void> {
    const keys = Array.from({ length: count }, (_, i) => this.keys.chunk(checksum, upload, i));
    const subject = this.subject("clean up after", checksum);
    const gone = batches(keys).map((batch) => this.ask(subject, ["UNLINK", ...batch], undefined));
    await Promise.allSettled(gone);
  }

  /** Does something with each checksum, so many at a time. */
  async each<T>(checksums: readonly Checksum[], work: (checksum: Checksum) => Promise<T>): Promise<T[]> {
    const results: T[] = [];
    for (let at = 0; at < checksums.length; at += AT_ONCE) {
      results.push(...(await Promise.all(checksums.slice(at, at + AT_ONCE).map(work))));
    }
    return results;
  }
}

/** The client takes bytes as `Buffer` alone. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function batches(keys: readonly string[]): (readonly string[])[] {
  const count = Math.ceil(keys.length / BATCH);
  return Array.from({ length: count }, (_, i) => keys.slice(i * BATCH, (i + 1) * BATCH));
}
