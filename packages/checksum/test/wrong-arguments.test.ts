import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { Checksum, compareIndexes, parseIndex, serializeIndex } from "../src/index.ts";
import {
  checksumFile,
  findLeftovers,
  indexDirectory,
  indexPaths,
  readIndex,
  verifyDirectory,
  writeAtomic,
  writeIndex,
} from "../src/node/index.ts";
import { rejection } from "./support/errors.ts";
import { tempDir } from "./support/temp.ts";

const HEX = "a".repeat(64);
const ELSEWHERE = new URL("https://example.com/x");
const checksum = new Checksum(HEX);

/** All that takes a path. */
const PATHS: Readonly<Record<string, (path: never) => unknown>> = {
  "Checksum.load": (path) => Checksum.load(path),
  "checksum.save": (path) => checksum.save(path),
  checksumFile: (path) => checksumFile(path),
  findLeftovers: (path) => findLeftovers([path]),
  indexDirectory: (path) => indexDirectory(path),
  indexPaths: (path) => indexPaths(path),
  readIndex: (path) => readIndex(path),
  verifyDirectory: (path) => verifyDirectory(path),
  writeAtomic: (path) => writeAtomic(path, ""),
  writeIndex: (path) => writeIndex(path, {}),
};

test.each(Object.entries(PATHS))("%s refuses what is no path", async (_, call) => {
  for (const path of [undefined, null, 5, {}, [], Buffer.from("x"), ELSEWHERE, { pathname: "/x" }]) {
    expect(await rejection((async () => call(path as never))())).toMatchObject({
      name: "SeamlessError",
      code: "INVALID_ARGUMENT",
    });
  }
});

const place = () => join(tempDir(), "x");

test.each<[string, () => unknown]>([
  ["writeIndex without a source", () => writeIndex(place(), undefined as never)],
  ["writeIndex of null", () => writeIndex(place(), null as never)],
  ["writeIndex of text", () => writeIndex(place(), "text" as never)],
  ["writeIndex of an index without its buffer", () => writeIndex(place(), { entries: new Map() } as never)],
  ["serializeIndex of nothing", () => serializeIndex(undefined as never)],
  ["serializeIndex of a dict", () => serializeIndex({ a: HEX } as never)],
  ["serializeIndex of text", () => serializeIndex("text" as never)],
  ["serializeIndex of what is no pair", () => serializeIndex([5] as never)],
  ["serializeIndex of a path that is no string", () => serializeIndex([[5, HEX]] as never)],
  ["serializeIndex of a path without a checksum", () => serializeIndex([["a"]] as never)],
  ["compareIndexes of nothing", () => compareIndexes(new Map(), undefined as never)],
  ["parseIndex of nothing", () => parseIndex(undefined as never)],
  ["parseIndex of text", () => parseIndex("{}" as never)],
])("%s is INVALID_ARGUMENT", async (_, call) => {
  expect(await rejection((async () => call())())).toMatchObject({ name: "SeamlessError", code: "INVALID_ARGUMENT" });
});

test("a refusal says what it got", async () => {
  expect((await rejection(checksumFile(5 as never))).message).toBe("expected a path (a string or a file URL), got 5");
  expect((await rejection(checksumFile(ELSEWHERE))).message).toContain("got https://example.com/x");
  expect((await rejection((async () => serializeIndex({ a: HEX } as never))())).message).toContain("Object.entries");
});

test("parseIndex takes bytes of all kinds", () => {
  const bytes = new Uint8Array(Buffer.from(`{"a": "${HEX}"}`));
  const view = new DataView(bytes.buffer);
  for (const form of [bytes, bytes.buffer, view]) expect([...parseIndex(form).keys()]).toEqual(["a"]);
});

test("every path may be a URL", async () => {
  const folder = tempDir();
  mkdirSync(join(folder, "d #"));
  writeFileSync(join(folder, "d #/a"), "x");
  const url = pathToFileURL(join(folder, "d #"));
  const found = await indexDirectory(url);
  expect(indexPaths(url)).toEqual(indexPaths(join(folder, "d #")));
  expect((await writeIndex(url, found)).equals(found.checksum)).toBe(true);
  expect((await readIndex(url)).checksum.equals(found.checksum)).toBe(true);
  expect((await verifyDirectory(url)).ok).toBe(true);
  expect(readdirSync(folder).sort()).toEqual(["d #", "d #.CHECKSUM", "d #.INDEX"]);
});
