import { proveDecoding } from "@seamless/checksum";
import type { Coding, EncodedBuffer, Store } from "../../store.ts";
import { gzipStored } from "../gzip.ts";
import {
  check,
  checkBytes,
  checkCode,
  checkComesFrom,
  checkFailure,
  checkList,
  checkMissing,
  checkThere,
  chunksOf,
  LARGE,
  readAll,
  readUntilError,
  rejection,
  type Sample,
  type StoreCase,
  type StoreFixture,
  sample,
} from "../harness.ts";

/** A store that keeps encodings, and gives them. */
type EncodingStore = Store & Required<Pick<Store, "getEncoded" | "putEncoded">>;

const CODINGS: readonly Coding[] = ["zstd", "gzip"];

const keepsEncodings = (store: Store): store is EncodingStore =>
  store.getEncoded !== undefined && store.putEncoded !== undefined;

/** A case for stores with both methods. */
function encodingCase(name: string, run: (store: EncodingStore, fixture: StoreFixture) => Promise<void>): StoreCase {
  return {
    name: `encoded: ${name}`,
    async run(fixture) {
      if (keepsEncodings(fixture.store)) await run(fixture.store, fixture);
    },
  };
}

/** What a store gives encoded, which it must. */
async function getGzip(store: Store, { checksum }: Sample): Promise<EncodedBuffer> {
  const found = await store.getEncoded?.(checksum, CODINGS);
  check(found?.coding === "gzip", `getEncoded: ${found?.coding} instead of gzip`);
  return found;
}

/** It lies there, as these bytes. */
async function checkKept(store: Store, one: Sample, file: Uint8Array): Promise<void> {
  const found = await getGzip(store, one);
  check(found.length === file.byteLength, "getEncoded: another length");
  checkBytes(await readAll(found.stream), file, "getEncoded");
}

/** For stores with `getEncoded` and `putEncoded`. */
export const encodings: readonly StoreCase[] = [
  encodingCase("what is put so is kept so, and decoded for all others", async (store, { readOnly }) => {
    for (const one of [sample(0), sample(1000), sample(LARGE)]) {
      const { checksum, bytes } = one;
      const file = gzipStored(bytes);
      await store.putEncoded(checksum, "gzip", chunksOf(file), { length: file.byteLength });
      for (const each of [store, readOnly]) {
        await checkThere(each, checksum, bytes);
        await checkKept(each, one, file);
      }
      for (const accept of [[], ["zstd"]] as const) {
        check((await store.getEncoded(checksum, accept)) === undefined, "getEncoded: in a coding that is not wanted");
      }
      if (store.resumes !== true) continue;
      const offset = Math.floor(bytes.byteLength / 2);
      const rest = await store.getStream(checksum, { offset });
      check(rest !== undefined, "getStream from an offset: missing");
      checkBytes(await readAll(rest), bytes.subarray(offset), "getStream from an offset");
    }
  }),
  {
    name: "encoded: nothing is given so of what is missing, or lies plain",
    async run({ store }) {
      if (store.getEncoded === undefined) return;
      const { checksum, bytes } = sample(1000);
      check((await store.getEncoded(checksum, CODINGS)) === undefined, "getEncoded: found what is missing");
      await store.put(checksum, bytes);
      const found = await store.getEncoded(checksum, CODINGS);
      // A store may compress what it keeps.
      if (found !== undefined) check((await readAll(found.stream)).byteLength === found.length, "another length");
      await checkThere(store, checksum, bytes);
    },
  },
  encodingCase("what is there already is success, however it lies", async (store) => {
    const [plainFirst, encodedFirst] = [sample(LARGE, 1), sample(LARGE, 2)];
    await store.put(plainFirst.checksum, plainFirst.bytes);
    await store.putEncoded(plainFirst.checksum, "gzip", chunksOf(gzipStored(plainFirst.bytes)));
    const file = gzipStored(encodedFirst.bytes);
    await store.putEncoded(encodedFirst.checksum, "gzip", chunksOf(file));
    await store.put(encodedFirst.checksum, encodedFirst.bytes);
    await store.putEncoded(encodedFirst.checksum, "gzip", chunksOf(file));
    for (const { checksum, bytes } of [plainFirst, encodedFirst]) await checkThere(store, checksum, bytes);
  }),
  encodingCase("listed once, and deleted whole", async (store) => {
    const one = sample(LARGE);
    await store.putEncoded(one.checksum, "gzip", chunksOf(gzipStored(one.bytes)));
    if (store.list !== undefined) {
      const found: string[] = [];
      for await (const { checksum, length = LARGE } of store.list()) found.push(`${checksum.hex()} ${length}`);
      checkList(found, [`${one.checksum.hex()} ${LARGE}`], "list");
    }
    if (store.delete === undefined) return;
    check(await store.delete(one.checksum), "delete: should say that it has");
    await checkMissing(store, one.checksum);
    check((await store.getEncoded(one.checksum, CODINGS)) === undefined, "getEncoded: found what was deleted");
  }),
  encodingCase("other bytes are refused, and nothing is kept", async (store, { readOnly }) => {
    const [one, other] = [sample(LARGE, 1), sample(LARGE, 2)];
    const file = gzipStored(one.bytes);
    const put = (bytes: Uint8Array) => rejection(store.putEncoded(one.checksum, "gzip", chunksOf(bytes)), "putEncoded");
    checkCode(await put(gzipStored(other.bytes)), ["CHECKSUM_MISMATCH"], "putEncoded of other bytes");
    await checkMissing(store, one.checksum);
    if (readOnly.putEncoded === undefined) return;
    const refused = rejection(readOnly.putEncoded(one.checksum, "gzip", chunksOf(file)), "putEncoded");
    checkCode(await refused, ["READ_ONLY"], "putEncoded of a read-only store");
    await checkMissing(store, one.checksum);
  }),
  encodingCase("what cannot be decoded is refused, and nothing is kept", async (store) => {
    const one = sample(LARGE);
    const file = gzipStored(one.bytes);
    const longer = new Uint8Array([...file, 1, 2, 3]);
    for (const bytes of [one.bytes, file.subarray(0, -9), file.subarray(0, 10), longer, new Uint8Array()]) {
      const error = await rejection(store.putEncoded(one.checksum, "gzip", chunksOf(bytes)), "putEncoded");
      checkCode(error, ["STORE_FAILED"], "putEncoded of what cannot be decoded");
      check("store" in (error as object) && (error as { store?: string }).store === "the body", "the body is at fault");
      await checkMissing(store, one.checksum);
    }
    await store.putEncoded(one.checksum, "gzip", chunksOf(file));
    await checkThere(store, one.checksum, one.bytes);
  }),
  encodingCase("more than it may become is refused, and nothing is kept", async (store) => {
    const one = sample(LARGE);
    const file = gzipStored(one.bytes);
    const most = store.putEncoded(one.checksum, "gzip", chunksOf(file), { maxDecodedBytes: LARGE - 1 });
    checkCode(await rejection(most, "putEncoded"), ["TOO_LARGE"], "putEncoded beyond its limit");
    await checkMissing(store, one.checksum);
    await store.putEncoded(one.checksum, "gzip", chunksOf(file), { maxDecodedBytes: LARGE });
    await checkThere(store, one.checksum, one.bytes);
  }),
  encodingCase("nothing is visible before all is there, and what breaks off leaves nothing", async (store) => {
    const one = sample(LARGE);
    const file = gzipStored(one.bytes);
    const reason = new Error("broken off");
    const source = async function* (end: () => void) {
      for (let at = 0; at < file.byteLength; at += 300_000) {
        yield file.slice(at, at + 300_000);
        await checkMissing(store, one.checksum);
        check((await store.getEncoded(one.checksum, CODINGS)) === undefined, "getEncoded: visible early");
      }
      end();
    };
    const broken = source(() => {
      throw reason;
    });
    const error = await rejection(store.putEncoded(one.checksum, "gzip", broken), "putEncoded");
    checkComesFrom(error, reason, "putEncoded");
    await checkMissing(store, one.checksum);
    await store.putEncoded(
      one.checksum,
      "gzip",
      source(() => {}),
    );
    await checkKept(store, one, file);
  }),
  encodingCase("the source may use the memory of a chunk again", async (store) => {
    const one = sample(LARGE);
    const file = gzipStored(one.bytes);
    const memory = new Uint8Array(10_000);
    const reusing = async function* () {
      for (let at = 0; at < file.byteLength; at += memory.byteLength) {
        const chunk = file.subarray(at, at + memory.byteLength);
        memory.set(chunk);
        yield memory.subarray(0, chunk.byteLength);
        memory.fill(0xff);
      }
    };
    await store.putEncoded(one.checksum, "gzip", reusing());
    await checkKept(store, one, file);
    await checkThere(store, one.checksum, one.bytes);
  }),
  encodingCase("the proof of a decoder that is not the store's own proves nothing", async (store) => {
    const [one, other] = [sample(1000, 1), sample(1000, 2)];
    const file = gzipStored(other.bytes);
    const lies = () => chunksOf(one.bytes);
    const decoding = await proveDecoding(lies, chunksOf(file));
    const put = store.putEncoded(one.checksum, "gzip", chunksOf(file), { decoding });
    checkCode(await rejection(put, "putEncoded"), ["CHECKSUM_MISMATCH"], "putEncoded with another's proof");
    await checkMissing(store, one.checksum);
  }),
  encodingCase("given up when aborted, with the reason, and nothing is kept", async (store) => {
    const one = sample(LARGE);
    const file = gzipStored(one.bytes);
    const reason = new Error("enough");
    const early = { signal: AbortSignal.abort(reason) };
    const put = rejection(store.putEncoded(one.checksum, "gzip", chunksOf(file), early), "putEncoded");
    check((await put) === reason, "putEncoded: should reject with the signal's reason");
    const controller = new AbortController();
    const hanging = async function* () {
      yield file.slice(0, 1000);
      queueMicrotask(() => controller.abort(reason));
      await new Promise(() => {});
    };
    const { signal } = controller;
    const hung = rejection(store.putEncoded(one.checksum, "gzip", hanging(), { signal }), "putEncoded");
    check((await hung) === reason, "putEncoded: should reject with the signal's reason while its source hangs");
    await checkMissing(store, one.checksum);
    await store.putEncoded(one.checksum, "gzip", chunksOf(file));
    const get = rejection(store.getEncoded(one.checksum, CODINGS, early), "getEncoded");
    check((await get) === reason, "getEncoded: should reject with the signal's reason");
    const reading = new AbortController();
    const found = await store.getEncoded(one.checksum, CODINGS, { signal: reading.signal });
    check(found !== undefined, "getEncoded: missing");
    reading.abort(reason);
    const { error } = await readUntilError(found.stream);
    check(error?.reason === reason, "the stream should error with the reason");
  }),
  encodingCase("left unread or half read, the store goes on", async (store) => {
    const one = sample(LARGE);
    const file = gzipStored(one.bytes);
    await store.putEncoded(one.checksum, "gzip", chunksOf(file));
    await (await getGzip(store, one)).stream.cancel();
    const half = (await getGzip(store, one)).stream.getReader();
    await half.read();
    await half.cancel(new Error("enough"));
    await checkKept(store, one, file);
  }),
  encodingCase("what is planted plain and wrong counts first, or not at all", async (store, { plant }) => {
    const [one, other] = [sample(LARGE, 1), sample(LARGE, 2)];
    const file = gzipStored(one.bytes);
    await store.putEncoded(one.checksum, "gzip", chunksOf(file));
    await plant(one.checksum, other.bytes);
    const found = await store.getEncoded(one.checksum, CODINGS);
    if (found !== undefined) checkBytes(await readAll(found.stream), file, "getEncoded");
    await store.putEncoded(one.checksum, "gzip", chunksOf(file));
    await checkThere(store, one.checksum, one.bytes);
  }),
  ...Object.entries({
    "is that of other bytes": (_: Uint8Array, other: Uint8Array) => other,
    "has one bit changed": (file: Uint8Array) => file.with(LARGE >> 1, file[LARGE >> 1]! ^ 1),
    "ends early": (file: Uint8Array) => file.slice(0, -9),
    "goes on after its end": (file: Uint8Array) => new Uint8Array([...file, ...new Uint8Array(100_000).fill(7)]),
    "is not encoded at all": () => sample(LARGE, 3).bytes,
  }).map(([what, wrong]) =>
    encodingCase(`what lies there and ${what} is never given to its end`, async (store, { plantEncoded }) => {
      if (plantEncoded === undefined) return;
      const [one, other] = [sample(LARGE, 1), sample(LARGE, 2)];
      const file = wrong(gzipStored(one.bytes), gzipStored(other.bytes));
      await plantEncoded(one.checksum, "gzip", file);
      const found = await store.getEncoded(one.checksum, CODINGS);
      if (found !== undefined) {
        const { bytes, error } = await readUntilError(found.stream);
        check(error !== undefined, "getEncoded: the stream should error, but ended");
        checkFailure(error.reason, "getEncoded");
        check(bytes.byteLength < file.byteLength, "getEncoded: all of it was given before the error");
      }
      checkFailure(await rejection(store.get(one.checksum), "get"), "get");
      const stream = await store.getStream(one.checksum);
      check(stream !== undefined, "getStream: says missing, but it is there and wrong");
      const { error } = await readUntilError(stream);
      check(error !== undefined, "getStream: the stream should error, but ended");
      checkFailure(error.reason, "getStream");
      // What is wrong is replaced.
      await store.putEncoded(one.checksum, "gzip", chunksOf(gzipStored(one.bytes)));
      await checkThere(store, one.checksum, one.bytes);
    }),
  ),
];
