import type { Checksum } from "@seamless/checksum";
import { rejection } from "@seamless/internal/testing";
import { chunkStream, memoryStore, type Store } from "@seamless/store";
import { expect, onTestFinished, test } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { hashserverHandler } from "../src/hashserver/index.ts";
import { httpStore } from "../src/http/store.ts";
import { urlStore } from "../src/index.ts";
import { tieredStore } from "../src/tiered/tiered-store.ts";
import { zstdStored } from "./support/client-zstd.ts";
import { fileOf, files, plant } from "./support/folder.ts";
import { chunksOf, sumOf, textOf } from "./support/sample.ts";
import { FAST } from "./support/server.ts";
import { until } from "./support/server-fixture.ts";
import { type Special, startStatic } from "./support/static-server.ts";
import { tempDir } from "./support/temp.ts";

const SMALL = textOf(5_000);
const LARGE = textOf(2_000_000);

/** What a server of a store answers to one who accepts gzip and zstd. */
async function askFor(store: Store, checksum: Checksum) {
  const handler = hashserverHandler({ store });
  const headers = { "accept-encoding": "zstd, gzip" };
  const {
    status,
    headers: told,
    body,
  } = await handler({ method: "GET", url: `/${checksum.hex()}`, headers, body: null });
  const bytes = new Uint8Array(await new Response(body as BodyInit).arrayBuffer());
  return { status, coding: told["content-encoding"], bytes };
}

async function web(options: { readonly special?: Special; readonly url?: (url: string) => Store } = {}) {
  const folder = tempDir();
  const server = await startStatic(folder, options.special);
  const store = options.url?.(server.url) ?? httpStore(server.url, FAST);
  onTestFinished(async () => {
    await store.close?.();
    await server.close();
  });
  return { folder, store, requests: server.requests };
}

async function tiers(make: (folders: readonly [string, string]) => readonly [Store, ...Store[]]) {
  const folders = [tempDir(), tempDir()] as const;
  const store = tieredStore(make(folders));
  onTestFinished(() => store.close().catch(() => undefined));
  return { folders, store };
}

const folders = (paths: readonly [string, string]) => [directoryStore(paths[0]), directoryStore(paths[1])] as const;
const behindMemory = (paths: readonly [string, string]) => [memoryStore(), directoryStore(paths[1])] as const;

/** The files of buffers. */
const buffersIn = (folder: string) => files(folder).filter((file) => file !== ".HASHSERVER_PREFIX");

test.each([
  ["a plain web server", async () => web()],
  ["a plain web server that is named by a URL", async () => web({ url: (url) => urlStore(`static+${url}`) })],
  ["tiers", async () => tiers(folders).then(({ store, folders }) => ({ store, folder: folders[1] }))],
])("a server in front of %s sends what lies encoded as it lies", async (_, make) => {
  for (const { checksum, bytes, gzip } of [SMALL, LARGE]) {
    const { store, folder } = await make();
    plant(fileOf(folder, checksum, ".gz"), gzip);
    const answer = await askFor(store, checksum);
    expect(answer).toMatchObject({ status: 200, coding: "gzip" });
    expect(sumOf(answer.bytes)).toBe(sumOf(gzip));
    // All others have it decoded.
    expect(await store.getEncoded?.(checksum, ["zstd"])).toBeUndefined();
    expect(sumOf(await store.get(checksum))).toBe(sumOf(bytes));
  }
});

test("a plain web server is asked for the bytes of what lies encoded once they are read", async () => {
  const { store, folder, requests } = await web();
  plant(fileOf(folder, LARGE.checksum, ".gz"), LARGE.gzip);
  const found = await store.getEncoded?.(LARGE.checksum, ["gzip"]);
  await found?.stream.cancel();
  const name = `/${LARGE.checksum.hex().slice(0, 2)}/${LARGE.checksum.hex()}.gz`;
  // The first bytes alone, to see whether it comes as it lies.
  expect(requests.filter((each) => each.endsWith(name))).toEqual([`HEAD ${name}`, `GET ${name}`]);
});

test("what a web server does not send as it lies is sent decoded: it undoes the encoding, or hides the length", async () => {
  const undoes: Special = (request, response) => {
    if (!request.url!.endsWith(".gz")) return false;
    response.writeHead(200, { "content-length": LARGE.bytes.byteLength });
    response.end(request.method === "HEAD" ? undefined : LARGE.bytes);
    return true;
  };
  const hides: Special = (request, response) => {
    if (!request.url!.endsWith(".gz")) return false;
    response.writeHead(200).end(request.method === "HEAD" ? undefined : LARGE.gzip);
    return true;
  };
  for (const special of [undoes, hides]) {
    const { store } = await web({ special });
    expect(await store.getEncoded?.(LARGE.checksum, ["gzip"])).toBeUndefined();
    const answer = await askFor(store, LARGE.checksum);
    expect([answer.coding, sumOf(answer.bytes)]).toEqual([undefined, LARGE.checksum.hex()]);
  }
});

test("a zstd file that takes a decoder much memory is sent decoded by all", async () => {
  const much = zstdStored(SMALL.bytes);
  // A window descriptor of 128 MiB (RFC 8878, section 3.1.1.1.2), in place of the length as one segment.
  const wide = Uint8Array.from([
    ...much.subarray(0, 4),
    0,
    17 << 3,
    ...much.subarray(much.byteLength - SMALL.bytes.byteLength - 3),
  ]);
  for (const [file, coding] of [
    [much, "zstd"],
    [wide, undefined],
  ] as const) {
    const { store, folder } = await web();
    plant(fileOf(folder, SMALL.checksum, ".zst"), file);
    const answer = await askFor(store, SMALL.checksum);
    expect([answer.status, answer.coding]).toEqual([200, coding]);
  }
});

test("a file that is wrong is never sent to its end, by the length that was announced", async () => {
  const other = textOf(1_999_990).gzip;
  for (const { store, folder } of [
    await web(),
    await tiers(folders).then(({ store, folders }) => ({ store, folder: folders[1] })),
  ]) {
    plant(fileOf(folder, LARGE.checksum, ".gz"), other);
    expect(await rejection(askFor(store, LARGE.checksum))).toMatchObject({
      code: expect.stringMatching(/MISMATCH|FAILED/),
    });
  }
});

test("what a slower tier has encoded is kept so by a faster one that can, and decoded by one that cannot", async () => {
  const kept = await tiers(folders);
  plant(fileOf(kept.folders[1], LARGE.checksum, ".gz"), LARGE.gzip);
  await askFor(kept.store, LARGE.checksum);
  const decoded = await tiers(behindMemory);
  plant(fileOf(decoded.folders[1], LARGE.checksum, ".gz"), LARGE.gzip);
  await askFor(decoded.store, LARGE.checksum);
  await Promise.all([kept.store.close(), decoded.store.close()]);
  const hex = LARGE.checksum.hex();
  const name = `${hex.slice(0, 2)}/${hex}`;
  expect(buffersIn(kept.folders[0])).toEqual([`${name}.BUFFERLENGTH`, `${name}.gz`]);
  const [memory] = decoded.store.tiers;
  expect(sumOf(await memory?.get(LARGE.checksum))).toBe(hex);
  for (const { store } of [kept, decoded]) {
    expect(store.stats().map(({ hits, filled, failures }) => [hits, filled, failures])).toEqual([
      [0, 1, 0],
      [1, 0, 0],
    ]);
  }
});

test("a faster tier that has a buffer plain is not passed over", async () => {
  const { store, folders: paths } = await tiers(folders);
  plant(fileOf(paths[0], LARGE.checksum), LARGE.bytes);
  plant(fileOf(paths[1], LARGE.checksum, ".gz"), LARGE.gzip);
  expect(await store.getEncoded?.(LARGE.checksum, ["gzip"])).toBeUndefined();
});

test("a tier that fails is passed over, and one that breaks off ends the stream", async () => {
  const fails = { ...memoryStore({ name: "broken" }), has: () => Promise.reject(new Error("refused")) };
  const { store, folders: paths } = await tiers(([, slow]) => [fails, directoryStore(slow)]);
  plant(fileOf(paths[1], LARGE.checksum, ".gz"), LARGE.gzip);
  const answer = await askFor(store, LARGE.checksum);
  expect([answer.coding, sumOf(answer.bytes)]).toEqual(["gzip", sumOf(LARGE.gzip)]);
  const breaks: Store = {
    ...memoryStore({ name: "breaks" }),
    async getEncoded() {
      const chunks = async function* () {
        yield LARGE.gzip.subarray(0, 1000);
        throw new Error("broken off");
      };
      return { coding: "gzip", length: LARGE.gzip.byteLength, stream: chunkStream(chunks()) };
    },
  };
  const second = await tiers(([, slow]) => [directoryStore(slow), breaks]);
  const found = await second.store.getEncoded?.(LARGE.checksum, ["gzip"]);
  const error = await rejection(new Response(found?.stream as BodyInit).arrayBuffer());
  expect(error).toMatchObject({ code: "STORE_FAILED", errors: [expect.objectContaining({ store: "breaks" })] });
  await second.store.close();
  await until(() => buffersIn(second.folders[1]).length === 0);
});

test("what is put encoded is kept so by the tiers that can, and decoded by the others", async () => {
  const { store, folders: paths } = await tiers(behindMemory);
  await store.putEncoded?.(LARGE.checksum, "gzip", chunksOf(LARGE.gzip.subarray(0, 1000), LARGE.gzip.subarray(1000)));
  expect(sumOf(await store.tiers[0]?.get(LARGE.checksum))).toBe(LARGE.checksum.hex());
  expect(buffersIn(paths[1]).map((file) => file.replace(/^.*\./, ""))).toEqual(["BUFFERLENGTH", "gz"]);
  expect(store.stats().map(({ written }) => written)).toEqual([1, 1]);
  const wrong = store.putEncoded?.(SMALL.checksum, "gzip", chunksOf(LARGE.gzip));
  expect(await rejection(wrong!)).toMatchObject({ code: "CHECKSUM_MISMATCH" });
  expect(await store.has([SMALL.checksum])).toEqual([false]);
});

test("tiers have the methods for encodings if one of them has", async () => {
  const { store } = await tiers(() => [memoryStore(), memoryStore({ name: "other" })]);
  expect([store.getEncoded, store.putEncoded]).toEqual([undefined, undefined]);
});
