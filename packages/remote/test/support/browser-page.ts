import { createRuntime } from "@seamless/cache";
import { Checksum, isSeamlessError } from "@seamless/checksum";
import { type IndexedDbStoreOptions, indexedDbStore } from "@seamless/remote/browser";
import { hashserverStore } from "@seamless/remote/hashserver";
import { tieredStore } from "@seamless/remote/tiered";
import { joinChunks, type Store, streamChunks } from "@seamless/store";
import { collectGarbage } from "@seamless/store/housekeeping";
import { storeSuite } from "@seamless/store/suite";
import { deleteDB, openDB } from "idb";

// Runs in pages and workers: nothing here may come from Node.

const MIB = 2 ** 20;

/** A store, and which of its buffers. */
interface Call {
  readonly name: string;
  readonly options?: IndexedDbStoreOptions;
  readonly hex?: string;
}

/** One for each name and options, as a page would have it. */
const stores = new Map<string, Store>();
function open({ name, options }: Call): Store {
  const key = JSON.stringify([name, options]);
  const store = stores.get(key) ?? indexedDbStore(name, options);
  stores.set(key, store);
  return store;
}

/** The same bytes for the same seed and length. */
export function bytesOf(seed: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed * 2 + 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

async function outcome(promise: Promise<unknown>): Promise<unknown> {
  try {
    return (await promise) ?? null;
  } catch (error) {
    return isSeamlessError(error) ? error.code : String((error as Error)?.stack ?? error);
  }
}

/** Puts bytes, at once or as a stream; `null`, or the code of the error. */
export async function put(call: Call & { seed: number; length: number; stream?: boolean }): Promise<unknown> {
  const bytes = bytesOf(call.seed, call.length);
  const checksum = Checksum.of(bytes);
  const chunks = async function* () {
    for (let at = 0; at < bytes.byteLength; at += 100_000) yield bytes.slice(at, at + 100_000);
  };
  return outcome(call.stream ? open(call).putStream(checksum, chunks()) : open(call).put(checksum, bytes));
}

/** What each way of asking for them gives. */
export async function ask(call: Call & { seed: number; length: number }): Promise<Record<string, unknown>> {
  const checksum = Checksum.of(bytesOf(call.seed, call.length));
  const store = open(call);
  const sum = (bytes: Uint8Array | undefined) => bytes && Checksum.of(bytes).equals(checksum);
  return {
    has: await outcome(store.has([checksum]).then(([there]) => there)),
    lengths: await outcome(store.lengths([checksum]).then(([length]) => length)),
    get: await outcome(store.get(checksum).then(sum)),
    getStream: await outcome(
      store.getStream(checksum).then(async (stream) => stream && sum(await joinChunks(streamChunks(stream)))),
    ),
  };
}

export const forget = async (call: Call & { seed: number; length: number }) =>
  outcome(open(call).delete!(Checksum.of(bytesOf(call.seed, call.length))));

export const close = async (call: Call) => open(call).close?.();

/** Seeds of the buffers of a length that are there. */
export async function seeds(call: Call & { count: number; length: number }): Promise<number[]> {
  const all = Array.from({ length: call.count }, (_, seed) => seed);
  const has = await open(call).has(all.map((seed) => Checksum.of(bytesOf(seed, call.length))));
  return all.filter((seed) => has[seed]);
}

/** What the database, and the folder of files, have, behind the back of the store. */
export async function inside({ name }: Call) {
  const db = await openDB(name);
  const entries = await db.getAll("entries");
  const total = (await db.get("totals", "bytes")) ?? 0;
  db.close();
  const sum = entries.reduce((bytes, { length }) => bytes + length, 0);
  const large = entries.filter(({ file }) => file !== undefined).length;
  return { entries: entries.length, large, total, sum, files: await fileNames(name) };
}

const folderOf = async (name: string) => {
  const folder = `seamless-${Checksum.of(new TextEncoder().encode(name)).hex()}`;
  return (await navigator.storage.getDirectory()).getDirectoryHandle(folder, { create: true });
};

async function fileNames(name: string): Promise<string[]> {
  const names: string[] = [];
  const folder = (await folderOf(name)) as FileSystemDirectoryHandle & { keys(): AsyncIterable<string> };
  for await (const each of folder.keys()) names.push(each);
  return names;
}

let planted = 0;
/** Puts bytes under a checksum behind the store's back, as the store would; `undefined` for an entry without its file. */
async function plantBytes(name: string, hex: string, bytes: Uint8Array | undefined, files: boolean): Promise<void> {
  const db = await openDB(name);
  const id = `planted${planted++}`;
  const file = bytes === undefined || (files && bytes.byteLength > MIB) ? `${hex}.${id}` : undefined;
  if (file !== undefined && bytes !== undefined) {
    const handle = await (await folderOf(name)).getFileHandle(file, { create: true });
    if ("createWritable" in handle) {
      const writable = await handle.createWritable();
      await writable.write(bytes as Uint8Array<ArrayBuffer>);
      await writable.close();
    }
  }
  const tx = db.transaction(["entries", "contents", "totals"], "readwrite");
  const old = await tx.objectStore("entries").get(hex);
  const total = ((await tx.objectStore("totals").get("bytes")) ?? 0) - (old?.length ?? 0);
  const length = bytes?.byteLength ?? 1000;
  tx.objectStore("entries").put({ length, used: Date.now(), put: Date.now(), id, ...(file && { file }) }, hex);
  tx.objectStore("contents").delete(hex);
  if (file === undefined) tx.objectStore("contents").put(bytes!.slice(), hex);
  tx.objectStore("totals").put(total + length, "bytes");
  await tx.done;
  db.close();
}

/** Makes all buffers older, behind the back of the store. */
export async function age({ name, by }: Call & { readonly by: number }): Promise<void> {
  const db = await openDB(name);
  const { store, done } = db.transaction("entries", "readwrite");
  for (const hex of await store.getAllKeys()) {
    const entry = await store.get(hex);
    await store.put({ ...entry, put: entry.put - by }, hex);
  }
  await done;
  db.close();
}

/** Collects garbage, with the least age of always. */
export async function collect(call: Call & { readonly seed: number; readonly length: number }) {
  const roots = [Checksum.of(bytesOf(call.seed, call.length))];
  const { kept, young, removed, failed } = await collectGarbage(open(call), { roots, dryRun: false });
  return { kept: kept.buffers, young: young.buffers, removed: removed.buffers, failed };
}

/** The same, for what is wrong: `undefined` for a file that is gone. */
export async function spoil({ name, seed, length, gone }: Call & { seed: number; length: number; gone?: boolean }) {
  const bytes = bytesOf(seed, length);
  const hex = Checksum.of(bytes).hex();
  bytes[length - 1]! ^= 1;
  await plantBytes(name, hex, gone ? undefined : bytes, true);
}

/**
 * All tests of the port, each on a database of its own.
 *
 * @returns what failed.
 */
export async function suite(options: IndexedDbStoreOptions): Promise<{ count: number; failures: string[] }> {
  const failures: string[] = [];
  const tests: { readonly name: string; run(): Promise<void> }[] = [];
  let created = 0;
  storeSuite({
    test: (name, run) => tests.push({ name, run }),
    async create() {
      const name = `suite-${Date.now()}-${created++}`;
      const files = options.opfs !== false;
      const store = indexedDbStore(name, options);
      // So that there is a database to plant something in.
      await store.has([]);
      return {
        store,
        readOnly: indexedDbStore(name, { ...options, writable: false }),
        plant: (checksum, bytes) => plantBytes(name, checksum.hex(), bytes, files),
        damage: (checksum) => plantBytes(name, checksum.hex(), undefined, files),
        // Waits until all connections to it are closed.
        dispose: async () => void (await deleteDB(name)),
      };
    },
  });
  for (const { name, run } of tests) {
    await run().catch((error: unknown) => failures.push(`${name}: ${(error as Error).stack ?? error}`));
  }
  return { count: tests.length, failures };
}

/** A value, by way of a runtime, from the browser or else from a server. */
export async function resolve({ name, hex, url }: Call & { readonly hex: string; readonly url: string }) {
  const server = hashserverStore(url, { writable: false, retries: { count: 1, firstDelay: 1 } });
  const tiers = tieredStore([open({ name }), server]);
  const value = await outcome(createRuntime({ stores: [tiers] }).resolve(new Checksum(hex), "plain"));
  // Tiers are filled behind the back of readers.
  await tiers.close?.();
  return value;
}

export const has = async ({ name, hex }: Call & { readonly hex: string }) =>
  (await open({ name }).has([new Checksum(hex)]))[0];

/** Streams that have been begun, by their seed. */
const reading = new Map<number, { reader: ReadableStreamDefaultReader<Uint8Array>; first: Uint8Array }>();

export async function beginReading(call: Call & { seed: number; length: number }): Promise<void> {
  const stream = await open(call).getStream(Checksum.of(bytesOf(call.seed, call.length)));
  const reader = stream!.getReader();
  reading.set(call.seed, { reader, first: (await reader.read()).value! });
}

/** Whether the whole was right. */
export async function endReading({ seed, length }: Call & { seed: number; length: number }): Promise<boolean> {
  const { reader, first } = reading.get(seed)!;
  const chunks = [first];
  for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(next.value);
  const bytes = new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer());
  return Checksum.of(bytes).equals(Checksum.of(bytesOf(seed, length)));
}

/** Deletes the database and the files, while the store has them open. */
export async function clear({ name }: Call): Promise<void> {
  await deleteDB(name);
  const { name: folder } = await folderOf(name);
  await (await navigator.storage.getDirectory()).removeEntry(folder, { recursive: true });
}

export const estimate = () => navigator.storage.estimate();

/** Puts, reads and removes at once, as a busy tab; the codes of all errors. */
export async function hammer(call: Call & { seed: number; rounds: number; lengths: number[] }): Promise<unknown[]> {
  const failures: unknown[] = [];
  const store = open(call);
  for (let round = 0; round < call.rounds; round++) {
    // Many the same as in other tabs.
    const seed = (round * 7 + call.seed) % 20;
    const length = call.lengths[round % call.lengths.length]!;
    const checksum = Checksum.of(bytesOf(seed, length));
    const stream = round % 3 === 0;
    const outcomes = await Promise.all([
      put({ ...call, seed, length, stream }),
      outcome(store.get(checksum).then(() => null)),
      round % 10 === 9 ? outcome(store.delete!(checksum).then(() => null)) : null,
    ]);
    failures.push(...outcomes.filter((code) => code !== null));
  }
  return failures;
}

/** Reads and hashes all that is listed. */
export async function verify({ name }: Call): Promise<{ wrong: number; entries: number }> {
  const store = indexedDbStore(name);
  const all: Checksum[] = [];
  for await (const { checksum } of store.list!()) all.push(checksum);
  const results = await store.check!(all);
  await store.close?.();
  return { wrong: results.filter((result) => result !== "ok").length, entries: all.length };
}

let confirmedSeeds: number[] = [];
/** Those that have been put by now, once there are so many. */
export async function confirmed({ least }: { least: number }): Promise<number[]> {
  while (confirmedSeeds.length < least) await new Promise((resolve) => setTimeout(resolve));
  return confirmedSeeds;
}

/** Begins to put one buffer after the other, several at a time, and does not wait for them. */
export async function putForever(call: Call & { seed: number; lengths: number[]; stream: boolean }): Promise<void> {
  confirmedSeeds = [];
  const run = async (worker: number) => {
    for (let seed = call.seed + worker; ; seed += 3) {
      const done = await Promise.all(call.lengths.map((length) => put({ ...call, seed, length })));
      if (done.every((code) => code === null)) confirmedSeeds.push(seed);
    }
  };
  for (const worker of [0, 1, 2]) void run(worker);
}

/** Those that are not there. */
export async function missing(call: Call & { seeds: number[]; lengths: number[] }): Promise<number[]> {
  const gone: number[] = [];
  for (const seed of call.seeds) {
    const all = call.lengths.map((length) => Checksum.of(bytesOf(seed, length)));
    if (!(await open(call).has(all)).every(Boolean)) gone.push(seed);
  }
  return gone;
}

/** What a later version of the package, or something else, would make of the database. */
export async function upgrade({ name, version }: Call & { version: number }): Promise<void> {
  const db = await openDB(name, version, { upgrade: (db) => void db.createObjectStore("something") });
  db.close();
}

let kept: { close(): void } | undefined;
/** A page that does not let go of a database which another one deletes. */
export async function keepOpen({ name }: Call): Promise<void> {
  kept = await openDB(name);
  void deleteDB(name);
}
export const letGo = async () => kept?.close();
