import { Checksum, SeamlessError } from "@seamless/checksum";
import { expect, test } from "vitest";
import { joinChunks, memoryStore, type Store, verifiedChunks } from "../src/index.ts";
import { type StoreFixture, storeSuite } from "../src/suite/index.ts";

interface Ground {
  readonly contents: Map<string, Uint8Array>;
  readonly store: Store;
}

type Defect = (ground: Ground) => Partial<Store>;

/** What is wrong with the store → the start of the names of tests that must see it, and what it does. */
const DEFECTS: Readonly<Record<string, readonly [string, Defect]>> = {
  "getSmall gives what is long": ["small", ({ store }) => ({ getSmall: (checksum) => store.get(checksum) })],
  "getSmall gives wrong bytes": [
    "small",
    ({ store, contents }) => ({
      async getSmall(checksum, most) {
        const [length = most + 1] = await store.lengths([checksum]);
        return length > most ? undefined : contents.get(checksum.hex())?.slice();
      },
    }),
  ],
  "putSmall takes wrong bytes": [
    "small: putSmall",
    ({ contents }) => ({
      async putSmall(checksum, bytes) {
        if (contents.has(checksum.hex())) return false;
        contents.set(checksum.hex(), bytes.slice());
        return true;
      },
    }),
  ],
  "putSmall puts nothing": ["small: putSmall", () => ({ putSmall: () => Promise.resolve(true) })],
  "putSmall says that it has put what was there": [
    "small: putSmall",
    ({ store }) => ({
      putSmall: (checksum, bytes) =>
        store.put(checksum, bytes).then(
          () => true,
          () => false,
        ),
    }),
  ],
  "an offset is ignored": [
    "offset: the rest",
    ({ store }) => ({ getStream: (checksum, options) => store.getStream(checksum, { ...options, offset: 0 }) }),
  ],
  "an offset beyond the end gives nothing": [
    "offset: one that is not",
    ({ store }) => ({
      getStream: (checksum, options) =>
        store.getStream(checksum, { ...options, offset: Math.min(100, Math.max(0, Math.trunc(options?.offset || 0))) }),
    }),
  ],
  "progress goes back": [
    "progress: never",
    ({ store }) => ({
      async get(checksum, options) {
        const found = await store.get(checksum, options);
        options?.onProgress?.({ bytes: 1 });
        return found;
      },
    }),
  ],
  "progress is not told": [
    "progress: never",
    ({ store }) => ({ put: (checksum, bytes, options) => store.put(checksum, bytes, { signal: options?.signal }) }),
  ],
  "progress is told of what is missing": [
    "progress: nothing",
    ({ store }) => ({
      get(checksum, options) {
        options?.onProgress?.({ bytes: 0 });
        return store.get(checksum);
      },
    }),
  ],
  "what onProgress throws is lost": [
    "progress: one that throws",
    ({ store }) => ({
      async putStream(checksum, chunks, { onProgress, ...options } = {}) {
        const safely = (progress: { bytes: number }) => {
          try {
            onProgress?.(progress);
          } catch {}
        };
        await store.putStream(checksum, chunks, { ...options, onProgress: safely });
      },
    }),
  ],
  "list gives a buffer twice": [
    "list: nothing",
    ({ store }) => ({
      async *list(options) {
        for await (const found of store.list!(options)) yield* [found, found];
      },
    }),
  ],
  "list goes on when aborted": ["list: left early", ({ store }) => ({ list: () => store.list!() })],
  "delete only says that it has": [
    "delete: removes",
    ({ store }) => ({ delete: async (checksum) => (await store.has([checksum]))[0]! }),
  ],
  "a least age is ignored": [
    "delete: leaves",
    ({ store }) => ({ delete: (checksum, options) => store.delete!(checksum, { signal: options?.signal }) }),
  ],
  "touch says that all are there": [
    "delete: leaves",
    ({ store }) => ({ touch: async (checksums) => store.touch!(checksums).then((found) => found.map(() => true)) }),
  ],
  "get does not verify": [
    "corrupt",
    ({ contents }) => ({ get: async (checksum) => contents.get(checksum.hex())?.slice() }),
  ],
  "get takes corrupt for missing": [
    "corrupt",
    ({ store }) => ({ get: (checksum) => store.get(checksum).catch(() => undefined) }),
  ],
  "get gives its own memory": [
    "ownership: what get",
    ({ contents }) => ({ get: async (checksum) => contents.get(checksum.hex()) }),
  ],
  "get takes the empty buffer for missing": [
    "round trip: the empty",
    ({ store }) => ({
      get: async (checksum) => {
        const found = await store.get(checksum);
        return found?.byteLength === 0 ? undefined : found;
      },
    }),
  ],
  "get throws for a missing buffer": [
    "round trip: one byte",
    ({ store }) => ({
      get: async (checksum, options) => {
        const found = await store.get(checksum, options);
        if (found === undefined) throw new SeamlessError("NOT_FOUND", "missing");
        return found;
      },
    }),
  ],
  "put does not verify": [
    "refused: wrong bytes",
    ({ contents }) => ({ put: async (checksum, bytes) => void contents.set(checksum.hex(), bytes.slice()) }),
  ],
  "put of wrong bytes succeeds if the buffer is there": [
    "refused: wrong bytes under",
    ({ store, contents }) => ({
      put: async (checksum, bytes) => (contents.has(checksum.hex()) ? undefined : store.put(checksum, bytes)),
    }),
  ],
  "put keeps the memory of the caller": [
    "ownership: what was put",
    ({ contents }) => ({ put: async (checksum, bytes) => void contents.set(checksum.hex(), bytes) }),
  ],
  "put of what is there fails": [
    "round trip: one byte",
    ({ store, contents }) => ({
      put: async (checksum, bytes) => {
        if (contents.has(checksum.hex())) throw new SeamlessError("IO_ERROR", "EEXIST");
        await store.put(checksum, bytes);
      },
    }),
  ],
  "put returns before the bytes are there": [
    "round trip: one byte",
    ({ store }) => ({ put: async (checksum, bytes) => void setTimeout(() => store.put(checksum, bytes)) }),
  ],
  "putStream does not verify": [
    "stream: wrong bytes",
    ({ contents }) => ({
      putStream: async (checksum, chunks) => void contents.set(checksum.hex(), await joinChunks(chunks)),
    }),
  ],
  "putStream keeps what came before a break": [
    "stream: one that breaks off",
    ({ contents }) => ({
      async putStream(checksum, chunks) {
        let all = new Uint8Array();
        for await (const chunk of chunks) {
          all = new Uint8Array([...all, ...chunk]);
          contents.set(checksum.hex(), all);
        }
      },
    }),
  ],
  "putStream is visible early": [
    "stream: nothing is visible",
    ({ store, contents }) => ({
      async putStream(checksum, chunks, options) {
        contents.set(checksum.hex(), new Uint8Array());
        const bytes = await joinChunks(verifiedChunks(checksum, chunks, options));
        contents.delete(checksum.hex());
        await store.put(checksum, bytes);
      },
    }),
  ],
  "putStream hides why the source broke off": [
    "stream: one that breaks off",
    ({ store }) => ({
      putStream: (checksum, chunks, options) =>
        store.putStream(checksum, chunks, options).catch(() => {
          throw new SeamlessError("IO_ERROR", "fetch failed");
        }),
    }),
  ],
  "putStream takes any length": [
    "stream: another length",
    ({ store }) => ({ putStream: (checksum, chunks) => store.putStream(checksum, chunks) }),
  ],
  "putStream keeps the memory of the source": [
    "stream: the source may use",
    ({ store }) => ({ putStream: async (checksum, chunks) => store.put(checksum, await joinChunks(chunks)) }),
  ],
  "putStream goes on when aborted": [
    "abort: between",
    ({ store }) => ({ putStream: (checksum, chunks) => store.putStream(checksum, chunks) }),
  ],
  "getStream does not verify": [
    "corrupt",
    ({ contents }) => ({
      getStream: async (checksum) => {
        const bytes = contents.get(checksum.hex());
        return bytes === undefined ? undefined : new Blob([bytes.slice()]).stream();
      },
    }),
  ],
  "getStream gives all before it errors": [
    "corrupt (one bit changed at the end",
    ({ contents }) => ({
      getStream: async (checksum) => {
        const bytes = contents.get(checksum.hex());
        if (bytes === undefined) return undefined;
        const chunks = [bytes.slice()];
        return new ReadableStream({
          pull(controller) {
            const chunk = chunks.pop();
            if (chunk !== undefined) return controller.enqueue(chunk);
            if (Checksum.of(bytes).equals(checksum)) return controller.close();
            throw new SeamlessError("CHECKSUM_MISMATCH", "wrong");
          },
        });
      },
    }),
  ],
  "getStream goes on when aborted": [
    "abort: a stream",
    ({ store }) => ({ getStream: (checksum) => store.getStream(checksum) }),
  ],
  "getStream gives nothing": ["round trip: 4,097", () => ({ getStream: async () => undefined })],
  "has answers each checksum once": [
    "facts: a thousand",
    ({ store }) => ({
      has: (checksums) => store.has([...new Map(checksums.map((one) => [one.hex(), one])).values()]),
    }),
  ],
  "has answers a hundred at most": [
    "facts: a thousand",
    ({ store }) => ({ has: (checksums) => store.has(checksums.slice(0, 100)) }),
  ],
  "lengths are 0 for missing": [
    "round trip: one byte",
    ({ store }) => ({ lengths: async (checksums) => (await store.lengths(checksums)).map((length) => length ?? 0) }),
  ],
  "no signal is looked at": ["abort: get before", ({ store }) => ({ get: (checksum) => store.get(checksum) })],
  "an abort gives another error": [
    "abort: put before",
    ({ store }) => ({
      put: (checksum, bytes, options) =>
        store.put(checksum, bytes, options).catch((error) => {
          throw options?.signal?.aborted ? new DOMException("aborted", "AbortError") : error;
        }),
    }),
  ],
  "the name has a password": ["facts: no credentials", () => ({ name: "http://me:hunter2@example.org" })],
  "an error has a secret": [
    "facts: no credentials",
    ({ store }) => ({
      put: (checksum, bytes) =>
        store.put(checksum, bytes).catch((cause) => {
          throw new SeamlessError("CHECKSUM_MISMATCH", "PUT failed", { cause: new Error(`sesame: ${cause}`) });
        }),
    }),
  ],
  "an unknown cost class": ["facts: a name", () => ({ costClass: "cheap" as "local" })],
};

/** Tests that fail on a store. */
async function failures(prefix: string, create: () => StoreFixture): Promise<string[]> {
  const cases: [string, () => Promise<void>][] = [];
  storeSuite({ test: (name, run) => cases.push([name, run]), create });
  const failed: string[] = [];
  for (const [name, run] of cases.filter(([name]) => name.startsWith(prefix))) {
    await run().catch(() => failed.push(name));
  }
  return failed;
}

function fixture(defect: Defect, readOnlyDefect: Defect = () => ({})): StoreFixture {
  const contents = new Map<string, Uint8Array>();
  const store = memoryStore({ contents });
  const readOnly = memoryStore({ contents, writable: false });
  return {
    store: { ...store, ...defect({ contents, store }) },
    readOnly: { ...readOnly, ...readOnlyDefect({ contents, store }) },
    plant: (checksum, bytes) => void contents.set(checksum.hex(), bytes),
    secrets: ["sesame"],
  };
}

test.each(Object.entries(DEFECTS))("the suite sees that %s", async (_, [prefix, defect]) => {
  expect(await failures(prefix, () => fixture(defect))).not.toEqual([]);
});

test.each(Object.entries(DEFECTS))("the tests that see that %s pass without it", async (_, [prefix]) => {
  expect(await failures(prefix, () => fixture(() => ({})))).toEqual([]);
});

test("the suite sees a read-only store that writes", async () => {
  const writes: Defect = ({ store }) => ({ put: (checksum, bytes) => store.put(checksum, bytes) });
  expect(await failures("refused: writing", () => fixture(() => ({}), writes))).toHaveLength(1);
});

test("the suite sees a read-only store that deletes", async () => {
  const deletes: Defect = ({ store }) => ({ delete: (checksum) => store.delete!(checksum) });
  expect(await failures("delete: refused", () => fixture(() => ({}), deletes))).toHaveLength(1);
});

test("the suite closes the stores, and cleans up after a failure too", async () => {
  const log: string[] = [];
  const noted = (): StoreFixture => ({
    ...fixture(() => ({ close: async () => void log.push("close"), has: async () => [] })),
    dispose: async () => void log.push("dispose"),
  });
  expect(await failures("round trip: a part", noted)).toHaveLength(1);
  expect(log).toEqual(["dispose"]);
  log.length = 0;
  expect(await failures("facts: asking", noted)).toEqual([]);
  expect(log).toEqual(["close", "dispose"]);
});
