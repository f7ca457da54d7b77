import { sleep } from "@seamless/internal/timers";
import type { Store } from "@seamless/store";
import type { Call } from "../program/command.ts";
import type { OptionTable } from "../program/options.ts";

/** The option of commands that transfer much. */
export const RATE_OPTION: OptionTable = {
  "limit-rate": {
    kind: "size",
    value: "SIZE",
    min: 1,
    does: "transfer at most so many bytes a second, of all files together: 500k, 10MB",
  },
};

/** Passes chunks on. */
type Passage = (chunks: AsyncIterable<Uint8Array>, signal?: AbortSignal) => AsyncGenerator<Uint8Array, void, undefined>;

/** Time, as `createRate` needs it. */
interface Time {
  /** In ms, never going back. */
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

const SYSTEM: Time = { now: () => performance.now(), sleep };

/** Chunks are split so that one takes at most this long, in ms: what is slow should not come in bursts. */
const LONGEST_CHUNK = 250;

/**
 * Makes a function that passes chunks on no faster than a rate, which all its calls share. Nothing is saved up: after a pause
 * it is no faster.
 *
 * @param bytesPerSecond - At least 1.
 */
export function createRate(bytesPerSecond: number, { now, sleep }: Time = SYSTEM): Passage {
  // When what was passed on so far is paid for.
  let free = now();
  const size = Math.max(1, Math.floor((bytesPerSecond * LONGEST_CHUNK) / 1000));
  return async function* (chunks, signal) {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.byteLength; at += size) {
        const part = chunk.subarray(at, at + size);
        const start = Math.max(free, now());
        free = start + (part.byteLength / bytesPerSecond) * 1000;
        const wait = start - now();
        if (wait > 0) await sleep(wait, signal);
        yield part;
      }
    }
  };
}

/** A store with the rate of the command line, if that names one: all streams to and from it share it. */
export async function atRate(call: Call, store: Store): Promise<Store> {
  const rate = call.numbers["limit-rate"];
  if (rate === undefined) return store;
  const { chunkStream } = await import("@seamless/store");
  const pass = createRate(rate);
  const slowed = (stream: ReadableStream<Uint8Array>, signal: AbortSignal | undefined) =>
    chunkStream(pass(stream, signal), { signal });
  const { getEncoded, putEncoded } = store;
  const limited: Partial<Store> = {
    async getStream(checksum, options = {}) {
      const stream = await store.getStream(checksum, options);
      return stream && slowed(stream, options.signal);
    },
    async put(checksum, bytes, options = {}) {
      // Whole buffers have their turn before they go.
      for await (const _ of pass(only(bytes), options.signal)) {
        // Nothing is to be done with the parts.
      }
      return store.put(checksum, bytes, options);
    },
    putStream: (checksum, chunks, options = {}) => store.putStream(checksum, pass(chunks, options.signal), options),
    ...(getEncoded && {
      async getEncoded(checksum, accept, options = {}) {
        const found = await getEncoded.call(store, checksum, accept, options);
        return found && { ...found, stream: slowed(found.stream, options.signal) };
      },
    }),
    ...(putEncoded && {
      putEncoded: (checksum, coding, chunks, options = {}) =>
        putEncoded.call(store, checksum, coding, pass(chunks, options.signal), options),
    }),
  };
  return { ...store, ...limited };
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}
