import { Checksum, SeamlessError } from "@seamless/checksum";
import { expect, test } from "vitest";
import { chunkStream, joinChunks, type Store } from "../src/index.ts";
import { type StoreFixture, storeSuite } from "../src/suite/index.ts";
import { collect, type GzipContents, type GzipStore, gunzip, gzipStore } from "./support/gzip-store.ts";

interface Ground extends GzipContents {
  readonly store: GzipStore;
}

/** As it lies, without a look. */
function unverified(file: Uint8Array): ReadableStream<Uint8Array> {
  return new Blob([file as Uint8Array<ArrayBuffer>]).stream();
}

type Defect = (ground: Ground) => Partial<Store>;

/**
 * What is wrong with how a store keeps encodings, and right in all else → the start of the names of tests that must see it, all
 * of them, and what it does.
 */
const DEFECTS: Readonly<Record<string, readonly [string, Defect]>> = {
  "keeps decoded what comes encoded": [
    "what is put so",
    ({ store }) => ({
      async putEncoded(checksum, _, chunks, options) {
        requireSignal(options?.signal);
        await store.put(checksum, gunzip(checksum, await collect(chunks, options?.signal), "the body"), options);
      },
    }),
  ],
  "gives another length than that of the encoded bytes": [
    "what is put so",
    ({ store }) => ({
      async getEncoded(...asked) {
        const found = await store.getEncoded(...asked);
        return found && { ...found, length: found.length + 1 };
      },
    }),
  ],
  "gives a coding that is not wanted": [
    "what is put so",
    ({ store }) => ({
      getEncoded: (checksum, _, options) => store.getEncoded(checksum, ["gzip"], options),
    }),
  ],
  "gives what lies plain as if it were encoded": [
    "nothing is given so",
    ({ store, contents }) => ({
      async getEncoded(checksum, accept, options) {
        const plain = contents.get(checksum.hex());
        if (plain === undefined) return store.getEncoded(checksum, accept, options);
        return { coding: "gzip", length: plain.byteLength + 18, stream: unverified(plain) };
      },
    }),
  ],
  "gives an empty file for what is missing": [
    "nothing is given so",
    ({ store }) => ({
      async getEncoded(checksum, accept, options) {
        const found = await store.getEncoded(checksum, accept, options);
        const stream = unverified(new Uint8Array());
        return found ?? { coding: "gzip", length: 0, stream };
      },
    }),
  ],
  "counts an offset in the encoded bytes": [
    "what is put so",
    ({ store, files }) => ({
      async getStream(checksum, options) {
        const file = files.get(checksum.hex());
        if (!options?.offset || file === undefined) return store.getStream(checksum, options);
        return unverified(file.slice(options.offset));
      },
    }),
  ],
  "refuses what is there already": [
    "what is there already",
    ({ store, files }) => ({
      async putEncoded(checksum, ...given) {
        if (files.has(checksum.hex())) throw new SeamlessError("IO_ERROR", "it exists");
        await store.putEncoded(checksum, ...given);
      },
    }),
  ],
  "lists every form": [
    "listed once",
    ({ store, files }) => ({
      async *list(options) {
        yield* store.list(options);
        for (const hex of files.keys()) yield { checksum: new Checksum(hex), length: undefined };
      },
    }),
  ],
  "deletes the plain form alone": [
    "listed once",
    ({ store, files }) => ({
      async delete(checksum, options) {
        const file = files.get(checksum.hex());
        const was = await store.delete(checksum, options);
        if (file !== undefined) files.set(checksum.hex(), file);
        return was;
      },
    }),
  ],
  "keeps what it has not decoded": [
    "what cannot be decoded",
    ({ store, files }) => ({
      async putEncoded(checksum, coding, chunks, options) {
        if (!store.writable) return store.putEncoded(checksum, coding, chunks, options);
        requireSignal(options?.signal);
        files.set(checksum.hex(), await collect(chunks, options?.signal));
      },
    }),
  ],
  "keeps what is decodable, whatever its checksum": [
    "other bytes are refused",
    ({ store, files }) => ({
      async putEncoded(checksum, _, chunks, options) {
        requireSignal(options?.signal);
        const file = await collect(chunks, options?.signal);
        try {
          gunzip(checksum, file, "the body");
        } catch (error) {
          if ((error as SeamlessError).code !== "CHECKSUM_MISMATCH") throw error;
        }
        if (store.writable) files.set(checksum.hex(), file);
      },
    }),
  ],
  "takes what follows the end": [
    "what cannot be decoded",
    ({ store }) => ({
      async putEncoded(checksum, coding, chunks, options) {
        requireSignal(options?.signal);
        const file = await collect(chunks, options?.signal);
        await store.putEncoded(checksum, coding, once(file), options).catch((error) => {
          if (error?.code !== "STORE_FAILED" || options?.signal?.aborted) throw error;
          return store.putEncoded(checksum, coding, once(file.subarray(0, -3)), options);
        });
      },
    }),
  ],
  "blames itself for a body that cannot be decoded": [
    "what cannot be decoded",
    ({ store }) => ({
      putEncoded: (...given) =>
        store.putEncoded(...given).catch((error) => {
          if (error?.code !== "STORE_FAILED") throw error;
          throw new SeamlessError("STORE_FAILED", "failed", { store: "memory", cause: error });
        }),
    }),
  ],
  "has no limit of what bytes may become": [
    "more than it may become",
    ({ store }) => ({
      putEncoded: (checksum, coding, chunks, options) =>
        store.putEncoded(checksum, coding, chunks, { signal: options?.signal }),
    }),
  ],
  "shows encoded bytes as they come": [
    "nothing is visible",
    ({ store, files }) => ({
      async putEncoded(checksum, coding, chunks, options) {
        const hex = checksum.hex();
        const watched = async function* () {
          for await (const chunk of chunks) {
            const bytes = chunk.slice();
            if (store.writable && !files.has(hex)) files.set(hex, bytes);
            yield bytes;
          }
          files.delete(hex);
        };
        await store.putEncoded(checksum, coding, watched(), options);
      },
    }),
  ],
  "keeps what came before a break": [
    "nothing is visible",
    ({ store, files }) => ({
      async putEncoded(checksum, coding, chunks, options) {
        const all: Uint8Array[] = [];
        const watched = async function* () {
          for await (const chunk of chunks) {
            all.push(chunk.slice());
            yield chunk;
          }
        };
        await store.putEncoded(checksum, coding, watched(), options).catch((error) => {
          if (all.length > 0 && store.writable) files.set(checksum.hex(), all[0]!);
          throw error;
        });
      },
    }),
  ],
  "hides why the source broke off": [
    "nothing is visible",
    ({ store }) => ({
      putEncoded: (checksum, coding, chunks, options) =>
        store.putEncoded(checksum, coding, chunks, options).catch((error) => {
          throw error instanceof SeamlessError || options?.signal?.aborted
            ? error
            : new SeamlessError("IO_ERROR", "broken");
        }),
    }),
  ],
  "keeps the memory of the source": [
    "the source may use",
    ({ store }) => ({
      async putEncoded(checksum, coding, chunks, options) {
        // Hung sources are another case.
        if (options?.signal !== undefined) return store.putEncoded(checksum, coding, chunks, options);
        await store.putEncoded(checksum, coding, once(await joinChunks(chunks)), options);
      },
    }),
  ],
  "believes every proof": [
    "the proof of a decoder",
    ({ store, files }) => ({
      async putEncoded(checksum, coding, chunks, options) {
        if (options?.decoding === undefined) return store.putEncoded(checksum, coding, chunks, options);
        files.set(checksum.hex(), await collect(chunks));
      },
    }),
  ],
  "putEncoded does not look at the signal": [
    "given up when aborted",
    ({ store }) => ({
      putEncoded: (checksum, coding, chunks, { signal, ...options } = {}) =>
        store.putEncoded(checksum, coding, signal?.aborted ? chunks : untilAborted(chunks, signal), options),
    }),
  ],
  "getEncoded does not look at the signal": [
    "given up when aborted",
    ({ store }) => ({
      getEncoded: (checksum, accept) => store.getEncoded(checksum, accept),
    }),
  ],
  "gives one stream of a buffer at a time": [
    "left unread",
    ({ store }) => {
      let busy = false;
      return {
        async getEncoded(...asked) {
          const found = await store.getEncoded(...asked);
          if (found === undefined) return undefined;
          if (busy) throw new SeamlessError("STORE_FAILED", "it is being read");
          busy = true;
          const end = new TransformStream<Uint8Array, Uint8Array>({
            flush() {
              busy = false;
            },
          });
          return { ...found, stream: found.stream.pipeThrough(end) };
        },
      };
    },
  ],
  "gives the plain form that is wrong as if it were its file": [
    "what is planted plain",
    ({ store, contents }) => ({
      async getEncoded(checksum, accept, options) {
        const plain = contents.get(checksum.hex());
        if (plain === undefined || Checksum.of(plain).equals(checksum))
          return store.getEncoded(checksum, accept, options);
        return { coding: "gzip", length: plain.byteLength, stream: unverified(plain) };
      },
    }),
  ],
  "leaves what is wrong and plain where it keeps it encoded": [
    "what is planted plain",
    ({ store, contents }) => ({
      async putEncoded(checksum, ...given) {
        const plain = contents.get(checksum.hex());
        await store.putEncoded(checksum, ...given);
        if (plain !== undefined) contents.set(checksum.hex(), plain);
      },
    }),
  ],
  "gives a file without a look": [
    "what lies there",
    ({ store, files }) => ({
      async getEncoded(checksum, accept, options) {
        const found = await store.getEncoded(checksum, accept, options);
        return found && options?.signal === undefined
          ? { ...found, stream: unverified(files.get(checksum.hex())!) }
          : found;
      },
    }),
  ],
  "gives all of a file before it says that it is wrong": [
    "what lies there",
    ({ store, files }) => ({
      async getEncoded(checksum, accept, options) {
        const found = await store.getEncoded(checksum, accept, options);
        if (found === undefined || options?.signal !== undefined) return found;
        const file = files.get(checksum.hex())!;
        const chunks = async function* () {
          yield file.slice();
          gunzip(checksum, file, "memory");
        };
        return { ...found, stream: chunkStream(chunks()) };
      },
    }),
  ],
  "takes a file that is wrong for missing": [
    "what lies there",
    ({ store }) => ({
      get: (...asked) => store.get(...asked).catch(() => undefined),
    }),
  ],
  "does not replace a file that is wrong": [
    "what lies there",
    ({ store, files }) => ({
      async putEncoded(checksum, ...given) {
        const file = files.get(checksum.hex());
        await store.putEncoded(checksum, ...given);
        if (file !== undefined) files.set(checksum.hex(), file);
      },
    }),
  ],
};

function requireSignal(signal: AbortSignal | undefined): void {
  signal?.throwIfAborted();
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

/** Ends, in place of giving up. */
async function* untilAborted(chunks: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined) {
  const aborted = new Promise<undefined>((resolve) => signal?.addEventListener("abort", () => resolve(undefined)));
  const iterator = chunks[Symbol.asyncIterator]();
  for (;;) {
    const next = await Promise.race([iterator.next(), aborted]);
    if (next === undefined || next.done) return;
    yield next.value;
  }
}

function fixture(defect: Defect): StoreFixture {
  const ground = { contents: new Map<string, Uint8Array>(), files: new Map<string, Uint8Array>() };
  const [store, readOnly] = [true, false].map((writable) => {
    const right = gzipStore(ground, writable);
    return { ...right, ...defect({ ...ground, store: right }) };
  });
  return {
    store: store!,
    readOnly: readOnly!,
    plant: (checksum, bytes) => void ground.contents.set(checksum.hex(), bytes),
    plantEncoded(checksum, _, bytes) {
      ground.contents.delete(checksum.hex());
      ground.files.set(checksum.hex(), bytes);
    },
  };
}

/** The cases of the suite whose names begin so, on such a store. */
function casesOf(prefix: string, defect: Defect = () => ({})): [string, () => Promise<void>][] {
  const cases: [string, () => Promise<void>][] = [];
  storeSuite({ test: (name, run) => cases.push([name, run]), create: () => fixture(defect) });
  return cases.filter(([name]) => name.startsWith(prefix));
}

const names = (cases: [string, unknown][]) => cases.map(([name]) => name);

/** The names of those that fail. */
async function failures(cases: [string, () => Promise<void>][]): Promise<string[]> {
  const failed: string[] = [];
  for (const [name, run] of cases) await run().catch(() => failed.push(name));
  return failed;
}

test("a store that keeps encodings as it should passes the whole suite", async () => {
  expect(await failures(casesOf(""))).toEqual([]);
});

test.each(Object.entries(DEFECTS))("the suite sees a store that %s", async (_, [prefix, defect]) => {
  const cases = casesOf(`encoded: ${prefix}`, defect);
  expect(await failures(cases)).toEqual(names(cases));
  expect(cases).not.toEqual([]);
});

test("each case sees one of them", () => {
  const seen = Object.values(DEFECTS).map(([prefix]) => `encoded: ${prefix}`);
  const all = names(casesOf("encoded: "));
  expect(all.filter((name) => !seen.some((prefix) => name.startsWith(prefix)))).toEqual([]);
});
