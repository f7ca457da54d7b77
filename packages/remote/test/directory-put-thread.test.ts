import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Worker, WorkerOptions } from "node:worker_threads";
import { gzipSync } from "node:zlib";
import { proveBytes } from "@seamless/checksum";
import { rejection } from "@seamless/internal/testing";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { putThread } from "../src/directory/put-thread.ts";
import { directorySuite, emptiedAndFilled } from "./support/directory-suite.ts";
import { age, fileOf, files, plant } from "./support/folder.ts";
import { aiohttp, rawClient } from "./support/raw-client.ts";
import { sample } from "./support/sample.ts";
import { serve, until } from "./support/server-fixture.ts";
import { tempDir } from "./support/temp.ts";

/** The threads that were started. */
const { threads } = vi.hoisted(() => ({ threads: [] as Worker[] }));

// The sources find no file for the thread beside them: Node runs the one that was built.
vi.mock("node:worker_threads", async (original) => {
  const { Worker, ...others } = await original<typeof import("node:worker_threads")>();
  const built = new URL("../dist/directory/folder-worker.js", import.meta.url);
  class Built extends Worker {
    constructor(_: string | URL, options?: WorkerOptions) {
      super(built, options);
      threads.push(this);
    }
  }
  return { ...others, Worker: Built };
});

// It is started when it was asked for often enough.
beforeAll(() => until(() => putThread.isReady()));

/** Each of the outcomes that the thread gave, in their order. */
const outcomes: string[] = [];
const putInThread = putThread.put.bind(putThread);
vi.spyOn(putThread, "put").mockImplementation(async (put) => {
  const outcome = await putInThread(put);
  outcomes.push(typeof outcome === "string" ? outcome : `${outcome.code}`);
  return outcome;
});
afterEach(() => void outcomes.splice(0));

describe.each(["prefix", "flat"] as const)("with a thread, directory store, %s", directorySuite);

const { bytes, checksum } = sample(2000);
const hex = checksum.hex();

describe("uploads of small buffers to a hashserver", () => {
  async function folderServer(folder = tempDir()) {
    const { port } = await serve({ store: directoryStore(folder), writable: true });
    const client = await rawClient(port);
    const status = async (content: Uint8Array, name: string, headers = {}) => {
      await client.write(
        aiohttp("PUT", `/${name}`, port, { "Content-Length": content.byteLength, ...headers }),
        content,
      );
      return (await client.response()).status;
    };
    return { folder, port, client, status };
  }

  test("are put by the thread, without a question before: refused, stored, there, or repaired", async () => {
    const { folder, status } = await folderServer();
    const wrong = Uint8Array.from(bytes, (byte) => byte ^ 1);
    expect(await status(wrong, hex)).toBe(400);
    expect(await status(bytes, hex)).toBe(200);
    expect(outcomes.filter((outcome) => outcome === "written")).toHaveLength(1);
    expect(await status(bytes, hex)).toBe(201);
    plant(fileOf(folder, checksum), "wrong");
    expect(await status(bytes, hex)).toBe(200);
    expect(new Uint8Array(readFileSync(fileOf(folder, checksum)))).toEqual(bytes);
  });

  test("do not put a second file where others lie in the other layout", async () => {
    const folder = tempDir();
    const one = sample(100, 1);
    plant(fileOf(folder, one.checksum), one.bytes);
    plant(join(folder, hex), bytes);
    const { status } = await folderServer(folder);
    const before = files(folder);
    expect([await status(bytes, hex), await status(one.bytes, one.checksum.hex())]).toEqual([201, 201]);
    expect(files(folder)).toEqual(before);
  });

  test("get no leave to send what is there", async () => {
    const { folder, port, client } = await folderServer();
    plant(fileOf(folder, checksum), bytes);
    await client.write(aiohttp("PUT", `/${hex}`, port, { "Content-Length": 2000, Expect: "100-continue" }));
    expect((await client.response()).status).toBe(201);
  });
});

test("many at a time are put whole, each once, with the permissions of the folder whatever the umask is", async () => {
  const folder = tempDir();
  chmodSync(folder, 0o775);
  const mask = process.umask(0o077);
  try {
    const store = directoryStore(folder);
    const samples = Array.from({ length: 300 }, (_, i) => sample(i * 40, i));
    await Promise.all(samples.map((each) => store.put(each.checksum, each.bytes)));
    expect(new Set(outcomes)).toEqual(new Set(["written"]));
    expect(files(folder)).toHaveLength(new Set(samples.map((each) => each.checksum.hex())).size + 1);
    for (const each of samples) {
      const file = fileOf(folder, each.checksum);
      expect(new Uint8Array(readFileSync(file))).toEqual(each.bytes);
      expect(statSync(file).mode & 0o777).toBe(0o644);
      expect(statSync(file).nlink).toBe(1);
    }
  } finally {
    process.umask(mask);
  }
});

test("of two puts of one buffer at a time, one writes, and the other finds it", async () => {
  const folder = tempDir();
  const store = directoryStore(folder);
  await Promise.all([store.put(checksum, bytes), store.put(checksum, bytes)]);
  expect(outcomes.sort()).toEqual(["left", "written"]);
  expect(files(dirname(fileOf(folder, checksum)))).toEqual([hex]);
});

test.each([
  ["plain", "", bytes],
  ["compressed", ".gz", gzipSync(bytes)],
])("what is there already is left as it is, and made young: %s", async (_, suffix, content) => {
  const folder = tempDir();
  const file = fileOf(folder, checksum, suffix);
  plant(file, content);
  age(file, 10_000);
  await directoryStore(folder, { layout: "prefix" }).put(checksum, bytes);
  expect(outcomes).toEqual(["left"]);
  expect(files(dirname(file))).toEqual([hex + suffix]);
  expect(Date.now() - statSync(file).mtimeMs).toBeLessThan(5_000_000);
});

test("what is there and is wrong is replaced", async () => {
  const folder = tempDir();
  plant(fileOf(folder, checksum), "wrong");
  await directoryStore(folder).put(checksum, bytes);
  expect(outcomes).toEqual(["left"]);
  expect(new Uint8Array(readFileSync(fileOf(folder, checksum)))).toEqual(bytes);
});

test("wrong bytes are refused, also those that were proven and are changed meanwhile", async () => {
  const folder = tempDir();
  const store = directoryStore(folder);
  expect(await rejection(store.put(checksum, bytes.slice(1)))).toMatchObject({ code: "CHECKSUM_MISMATCH" });
  const proven = proveBytes(bytes);
  const put = store.putProven!(proven);
  proven.expose()[0]! ^= 1;
  expect(await rejection(put)).toMatchObject({ code: "CHECKSUM_MISMATCH" });
  expect(outcomes).toEqual(["left"]);
  expect(files(folder).filter((name) => name.includes(hex))).toEqual([]);
});

test("proven bytes are put", async () => {
  const folder = tempDir();
  await directoryStore(folder).putProven!(proveBytes(bytes));
  expect(outcomes).toEqual(["written"]);
  expect(new Uint8Array(readFileSync(fileOf(folder, checksum)))).toEqual(bytes);
});

test.each(["a prefix", "the folder"])("%s that was removed is made again", async (which) => {
  const folder = join(tempDir(), "store");
  const store = directoryStore(folder);
  await store.put(checksum, bytes);
  rmSync(which === "the folder" ? folder : dirname(fileOf(folder, checksum)), { recursive: true });
  await store.put(checksum, bytes);
  expect(new Uint8Array(readFileSync(fileOf(folder, checksum)))).toEqual(bytes);
});

test("a folder that was emptied is filled again by many puts at a time", emptiedAndFilled);

test("something else in the place of a folder is an error, and nothing is left", async () => {
  const folder = tempDir();
  const store = directoryStore(folder, { layout: "prefix" });
  await store.put(checksum, bytes);
  const place = dirname(fileOf(folder, checksum));
  rmSync(place, { recursive: true });
  writeFileSync(place, "");
  expect(await rejection(store.put(checksum, bytes))).toMatchObject({ code: "NOT_A_DIRECTORY" });
  expect(outcomes).toEqual(["written", "left"]);
});

test("an upload to a hashserver in Python that fails takes the file with it: it is put back", async () => {
  const folder = tempDir();
  const file = fileOf(folder, checksum);
  const upload = `${file}-a_b0c1d2`;
  plant(upload, "half");
  let looks = 0;
  const clock = {
    now: () => looks,
    setTimeout(work: () => void) {
      looks++;
      if (looks === 3) rmSync(upload);
      if (looks === 4) rmSync(file);
      const immediate = setImmediate(work);
      return { cancel: () => clearImmediate(immediate) };
    },
  };
  await directoryStore(folder, { layout: "prefix", clock: clock as never }).put(checksum, bytes);
  expect(outcomes).toEqual(["rivalled"]);
  expect(new Uint8Array(readFileSync(file))).toEqual(bytes);
  expect(files(dirname(file))).toEqual([hex]);
});

test("what is larger, or compressed, is put without it", async () => {
  const large = sample(70_000);
  await directoryStore(tempDir()).put(large.checksum, large.bytes);
  await directoryStore(tempDir(), { compress: "gzip" }).put(checksum, bytes);
  expect(outcomes).toEqual([]);
});

test("a thread that ends loses nothing: puts are done again without it", async () => {
  const folder = tempDir();
  const store = directoryStore(folder);
  const samples = Array.from({ length: 100 }, (_, i) => sample(1000, i));
  const puts = samples.map((each) => store.put(each.checksum, each.bytes));
  await vi.waitUntil(() => outcomes.length > 0, { interval: 1 });
  await threads[0]!.terminate();
  await Promise.all(puts);
  expect(outcomes).toContain("lost");
  expect(outcomes).toContain("written");
  for (const each of samples) expect(existsSync(fileOf(folder, each.checksum))).toBe(true);
  expect((await store.verify()).ok).toBe(true);
  await store.put(checksum, bytes);
  expect(putThread.isReady()).toBe(false);
  expect(threads).toHaveLength(1);
});

/** Puts many buffers, some at a time, and says what it has put. */
const PUTTER = `
  import { Checksum } from "@seamless/checksum";
  import { directoryStore } from "@seamless/remote/directory";
  const [folder, rounds, together] = process.argv.slice(1);
  const store = directoryStore(folder);
  for (let round = 0; round < Number(rounds); round++) {
    await Promise.all(Array.from({ length: Number(together) }, (_, i) => {
      const bytes = new Uint8Array(100).fill(round, 0, 1).fill(i, 1, 2);
      return store.put(Checksum.of(bytes), bytes);
    }));
  }
  console.log((await store.verify()).buffers);
`;

test.each([
  ["many", 30, 10],
  // Those that are there when it starts do not wait for it.
  ["so many that the thread starts, and is given none", 1, 64],
])("a process that has put %s ends by itself", (_, rounds, together) => {
  const args = ["--input-type=module", "--eval", PUTTER, tempDir(), `${rounds}`, `${together}`];
  const { stdout, status } = spawnSync(process.execPath, args, {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    encoding: "utf8",
    timeout: 60_000,
  });
  expect([stdout.trim(), status]).toEqual([`${rounds * together}`, 0]);
});
