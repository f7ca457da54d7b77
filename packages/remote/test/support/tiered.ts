import { Checksum } from "@seamless/checksum";
import { turn } from "@seamless/internal/testing";
import { joinChunks, memoryStore, type Store, streamChunks } from "@seamless/store";

/** Ten chunks of 1,000 bytes. */
export const BYTES = Uint8Array.from({ length: 10_000 }, (_, i) => (i * 31) ^ (i >> 8));
export const CHECKSUM = Checksum.of(BYTES);
export const WRONG = BYTES.with(9999, BYTES[9999]! ^ 1);
export const CHUNK = 1000;

export interface Source extends AsyncIterable<Uint8Array> {
  readonly state: { given: number; stopped: boolean };
}

/** The bytes in chunks; `before` is called before each. */
export function source(bytes = BYTES, before: (chunk: number) => Promise<void> | void = () => {}): Source {
  const state = { given: 0, stopped: false };
  const chunks = (async function* () {
    try {
      for (let at = 0; at < bytes.byteLength; at += CHUNK) {
        await before(at / CHUNK);
        state.given++;
        yield bytes.slice(at, at + CHUNK);
      }
    } finally {
      state.stopped = true;
    }
  })();
  return { state, [Symbol.asyncIterator]: () => chunks };
}

export function store(name: string, changes: Partial<Store> = {}): Store {
  return { ...memoryStore({ name }), ...changes };
}

/** Its `putStream` fails after some chunks. */
export function dying(name: string, after: number, error: unknown): Store {
  return store(name, {
    async putStream(_, chunks) {
      let count = 0;
      for await (const _ of chunks) if (++count > after) throw error;
      throw error;
    },
  });
}

export type Slow = Store & { readonly state: { given: number; cancelled: unknown } };

/** A read-only store whose streams give the bytes in chunks; `before` is called before each. */
export function slow(before: (chunk: number) => Promise<void> | void = () => {}, bytes = BYTES, name = "slow"): Slow {
  const contents = new Map([[CHECKSUM.hex(), BYTES]]);
  const state: Slow["state"] = { given: 0, cancelled: undefined };
  return {
    ...memoryStore({ name, writable: false, contents }),
    state,
    async getStream() {
      let at = 0;
      return new ReadableStream<Uint8Array>(
        {
          async pull(controller) {
            await before(at / CHUNK);
            if (at >= bytes.byteLength) return controller.close();
            state.given++;
            controller.enqueue(bytes.slice(at, at + CHUNK));
            at += CHUNK;
          },
          cancel(reason) {
            state.cancelled = reason ?? "cancelled";
          },
        },
        { highWaterMark: 0 },
      );
    },
  };
}

export type Fast = Store & {
  readonly contents: Map<string, Uint8Array>;
  /** Calls of `putStream`, the chunks they took, how they ended, and the reasons of their signals. */
  readonly state: { puts: number; taken: number; ends: unknown[]; aborts: unknown[] };
};

/** An empty store that says what becomes of its `putStream`; `before` is called when a chunk has come. */
export function fast(before: (chunk: number) => Promise<void> | void = () => {}, name = "fast"): Fast {
  const contents = new Map<string, Uint8Array>();
  const inner = memoryStore({ name, contents });
  const state: Fast["state"] = { puts: 0, taken: 0, ends: [], aborts: [] };
  return {
    ...inner,
    contents,
    state,
    async putStream(checksum, chunks, options = {}) {
      state.puts++;
      options.signal?.addEventListener("abort", () => state.aborts.push(options.signal?.reason));
      const counted = async function* () {
        for await (const chunk of chunks) {
          await before(state.taken++);
          yield chunk;
        }
      };
      const end = await inner.putStream(checksum, counted(), options).then(
        () => "kept",
        (error) => ({ error }),
      );
      state.ends.push(end);
      if (end !== "kept") throw (end as { error: unknown }).error;
    },
  };
}

/** Microtasks, and some turns of the event loop. */
export async function turns(): Promise<void> {
  for (let i = 0; i < 20; i++) await turn();
}

/** A stream of the bytes, which the store must have. */
export async function openStream(store: Store, signal?: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  const stream = await store.getStream(CHECKSUM, { signal });
  if (stream === undefined) throw new Error("missing");
  return stream;
}

/** All of the bytes, as a stream gives them. */
export async function readAll(store: Store): Promise<Uint8Array> {
  return joinChunks(streamChunks(await openStream(store)));
}
