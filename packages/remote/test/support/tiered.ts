import { Checksum } from "@seamless/checksum";
import { memoryStore, type Store } from "@seamless/store";

/** Ten pieces of 1,000 bytes. */
export const BYTES = Uint8Array.from({ length: 10_000 }, (_, i) => (i * 31) ^ (i >> 8));
export const CHECKSUM = Checksum.of(BYTES);
export const WRONG = BYTES.with(9999, BYTES[9999]! ^ 1);
export const PIECE = 1000;
export const forever = new Promise<never>(() => {});

export interface Source extends AsyncIterable<Uint8Array> {
  readonly state: { given: number; stopped: boolean };
}

/** The bytes in pieces; `before` is called before each. */
export function source(bytes = BYTES, before: (piece: number) => Promise<void> | void = () => {}): Source {
  const state = { given: 0, stopped: false };
  const pieces = (async function* () {
    try {
      for (let at = 0; at < bytes.byteLength; at += PIECE) {
        await before(at / PIECE);
        state.given++;
        yield bytes.slice(at, at + PIECE);
      }
    } finally {
      state.stopped = true;
    }
  })();
  return { state, [Symbol.asyncIterator]: () => pieces };
}

export function store(name: string, changes: Partial<Store> = {}): Store {
  return { ...memoryStore({ name }), ...changes };
}

/** Its `putStream` fails after some pieces. */
export function dying(name: string, after: number, error: unknown): Store {
  return store(name, {
    async putStream(_, pieces) {
      let count = 0;
      for await (const _ of pieces) if (++count > after) throw error;
      throw error;
    },
  });
}

export type Slow = Store & { readonly state: { given: number; cancelled: unknown } };

/** A read-only store whose streams give the bytes in pieces; `before` is called before each. */
export function slow(before: (piece: number) => Promise<void> | void = () => {}, bytes = BYTES, name = "slow"): Slow {
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
            await before(at / PIECE);
            if (at >= bytes.byteLength) return controller.close();
            state.given++;
            controller.enqueue(bytes.slice(at, at + PIECE));
            at += PIECE;
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
  /** Calls of `putStream`, the pieces they took, how they ended, and the reasons of their signals. */
  readonly state: { puts: number; taken: number; ends: unknown[]; aborts: unknown[] };
};

/** An empty store that says what becomes of its `putStream`; `before` is called when a piece has come. */
export function fast(before: (piece: number) => Promise<void> | void = () => {}, name = "fast"): Fast {
  const contents = new Map<string, Uint8Array>();
  const inner = memoryStore({ name, contents });
  const state: Fast["state"] = { puts: 0, taken: 0, ends: [], aborts: [] };
  return {
    ...inner,
    contents,
    state,
    async putStream(checksum, pieces, options = {}) {
      state.puts++;
      options.signal?.addEventListener("abort", () => state.aborts.push(options.signal?.reason));
      const counted = async function* () {
        for await (const piece of pieces) {
          await before(state.taken++);
          yield piece;
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
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}
