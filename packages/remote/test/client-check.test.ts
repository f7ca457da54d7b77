import { Checksum } from "@seamless/checksum";
import { rejection } from "@seamless/internal/testing";
import { describe, expect, test } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { failure, openStore } from "./support/client-store.ts";
import { fileOf, plant } from "./support/folder.ts";
import { http, type RawRequest, rawServer } from "./support/raw-server.ts";
import { sample } from "./support/sample.ts";
import { serve } from "./support/server-fixture.ts";
import { tempDir } from "./support/temp.ts";

const [one, two, three, four] = [1, 2, 3, 4].map((seed) => sample(100, seed).checksum) as Four;
type Four = [Checksum, Checksum, Checksum, Checksum];

/** What a server has: hex → its length, and what it says when it has hashed it. */
type Contents = ReadonlyMap<string, readonly [length: number, verdict: unknown]>;

const contents = (...all: (readonly [Checksum, number, unknown])[]): Contents =>
  new Map(all.map(([checksum, length, verdict]) => [checksum.hex(), [length, verdict]]));

/** A server that hashes what it has, and what it was asked to hash. */
async function hashing(has: Contents) {
  const questions: string[][] = [];
  const server = await rawServer(async ({ path, body }) => {
    const asked: string[] = JSON.parse((await body()).toString());
    if (path === "/buffer-length") return http(200, JSON.stringify(asked.map((hex) => has.get(hex)?.[0] ?? 0)));
    questions.push(asked);
    return path === "/verify"
      ? http(200, JSON.stringify(asked.map((hex) => (has.get(hex) ?? [0, false])[1])))
      : http(404);
  });
  return { server, questions };
}

test("each is ok, missing, corrupt, or unreadable, in the order asked", async () => {
  const { server, questions } = await hashing(contents([one, 100, true], [two, 100, "corrupt"], [four, 100, null]));
  const asked = [one, two, three, four, one];
  expect(await openStore(server.url).check(asked)).toEqual(["ok", "corrupt", "missing", "unreadable", "ok"]);
  // What is not there is not asked for.
  expect(questions).toEqual([[one, two, four, one].map(String)]);
  expect(await openStore(server.url).check([])).toEqual([]);
});

test("a server of ours, before a folder", async () => {
  const [right, corrupt, missing, large] = [sample(10, 1), sample(10, 2), sample(10, 3), sample(3_000_000, 4)];
  const folder = tempDir();
  for (const { checksum, bytes } of [right, large]) plant(fileOf(folder, checksum), bytes);
  plant(fileOf(folder, corrupt.checksum), missing.bytes);
  const { url } = await serve({ store: directoryStore(folder), token: "s3cret" });
  const asked = [right, corrupt, missing, large].map(({ checksum }) => checksum);
  const store = openStore(url, { token: "s3cret" });
  expect(await store.check(asked)).toEqual(["ok", "corrupt", "missing", "ok"]);
  expect(await failure(openStore(url).check(asked))).toMatchObject({ code: "ACCESS_DENIED" });
});

test("what has gone since its length was told is missing", async () => {
  const { server } = await hashing(contents([one, 100, false]));
  expect(await openStore(server.url).check([one])).toEqual(["missing"]);
});

test("no bytes at all: their length says nothing, so they are hashed", async () => {
  const empty = Checksum.of(new Uint8Array());
  const { server } = await hashing(contents([empty, 0, true]));
  expect(await openStore(server.url).check([empty, one])).toEqual(["ok", "missing"]);
});

test("a question costs the server a thousand buffers or 256 MiB at most, and progress is told after each", async () => {
  const checksums = Array.from({ length: 2_500 }, (_, i) => Checksum.of(new TextEncoder().encode(String(i))));
  const length = (i: number) => (i < 5 ? 2 ** 27 : 1);
  const { server, questions } = await hashing(contents(...checksums.map((sum, i) => [sum, length(i), true] as const)));
  const told: (readonly [number, number, number])[] = [];
  const results = await openStore(server.url, { batchSize: 5_000 }).check(checksums, {
    onProgress: ({ files, totalFiles, bytes }) => void told.push([files, totalFiles, bytes]),
  });
  expect(new Set(results)).toEqual(new Set(["ok"]));
  expect(questions.map(({ length }) => length)).toEqual([2, 2, 996, 1_000, 500]);
  expect(told.at(-1)).toEqual([2_500, 2_500, 5 * 2 ** 27 + 2_495]);
  expect(told.map(([files]) => files)).toEqual(told.map(([files]) => files).sort((a, b) => a - b));
});

describe("a server that does not hash: all are unknown, and it is asked once", () => {
  test.each([400, 404, 405, 422, 501])("status %i", async (status) => {
    const server = await rawServer(async ({ path }) => (path === "/verify" ? http(status) : http(200, "[100,0]")));
    const store = openStore(server.url);
    expect(await store.check([one, two])).toEqual(["unknown", "unknown"]);
    expect(await store.check([one, two])).toEqual(["unknown", "unknown"]);
    expect(server.requests.map(({ path }) => path)).toEqual(["/buffer-length", "/verify"]);
  });

  test("nor tells lengths", async () => {
    const server = await rawServer(() => http(404));
    expect(await openStore(server.url).check([one])).toEqual(["unknown"]);
    expect(server.requests).toHaveLength(1);
  });
});

describe("a failure is none of these", () => {
  const answering = (answer: (request: RawRequest) => Buffer) =>
    rawServer((request) => (request.path === "/verify" ? answer(request) : http(200, "[100]")));

  test.each([
    [401, "ACCESS_DENIED"],
    [403, "ACCESS_DENIED"],
    [413, "TOO_LARGE"],
    [500, "STORE_FAILED"],
  ])("status %i", async (status, code) => {
    const server = await answering(() => http(status));
    expect(await failure(openStore(server.url).check([one]))).toMatchObject({ code, store: server.url });
  });

  test.each(["[]", "[true,true]", "[1]", '["ok"]', "{}", "", "[tru", `[${" ".repeat(4_000)}true]`])(
    "an answer that is none: %#",
    async (text) => {
      const server = await answering(() => http(200, text));
      expect(await failure(openStore(server.url).check([one]))).toMatchObject({ code: "STORE_FAILED" });
    },
  );

  test("nor is an abort", async () => {
    const controller = new AbortController();
    const server = await rawServer(({ path }) => {
      if (path === "/buffer-length") return http(200, "[100]");
      controller.abort(new Error("enough"));
      return undefined;
    });
    const { signal } = controller;
    expect(await rejection(openStore(server.url).check([one], { signal }))).toBe(signal.reason);
    expect(await rejection(openStore(server.url).check([], { signal }))).toBe(signal.reason);
  });
});

test("white space that keeps a connection alive belongs to no entry", async () => {
  const server = await rawServer(({ path }) =>
    path === "/verify" ? http(200, '[ \n  true\n,  "corrupt" ]\n') : http(200, "[5,5]"),
  );
  expect(await openStore(server.url).check([one, two])).toEqual(["ok", "corrupt"]);
});
