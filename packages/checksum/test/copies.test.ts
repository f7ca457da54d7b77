import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import * as sources from "../src/index.ts";
import { builtMain, builtNode } from "./support/built.ts";
import { rejection, thrown } from "./support/errors.ts";

// Two installed copies of the package in one process: the sources, and the build.
const ours = sources.Checksum.of(Buffer.from("abc"));
const theirs = builtMain.Checksum.of(Buffer.from("abc"));

test("they are two copies", () => {
  expect(builtMain.Checksum).not.toBe(sources.Checksum);
  expect(theirs).not.toBeInstanceOf(sources.Checksum);
});

test("a checksum of either is a checksum for both", () => {
  expect(sources.Checksum.isChecksum(theirs)).toBe(true);
  expect(builtMain.Checksum.isChecksum(ours)).toBe(true);
  expect(new sources.Checksum(theirs)).toBeInstanceOf(sources.Checksum);
  expect(new sources.Checksum(theirs).hex()).toBe(ours.hex());
  expect(ours.equals(theirs)).toBe(true);
  expect(theirs.equals(ours)).toBe(true);
  expect(sources.Checksum.compare(ours, theirs)).toBe(0);
});

test("nested checksums and indexes may mix them", () => {
  const walked = [...sources.walkChecksums({ ours, theirs })].map(({ checksum }) => checksum.hex());
  expect(walked).toEqual([ours.hex(), ours.hex()]);
  expect(sources.serializeIndex([["a", theirs]])).toEqual(builtMain.serializeIndex([["a", ours]]));
});

test("what is branded as something else is no checksum", () => {
  for (const value of [null, undefined, ours.hex(), {}, new sources.SeamlessError("IO_ERROR", "x"), () => ours]) {
    expect(sources.Checksum.isChecksum(value)).toBe(false);
  }
});

test("errors of either are recognised by both, by code too", async () => {
  const theirError = thrown(() => new builtMain.Checksum("x"));
  expect(theirError).not.toBeInstanceOf(sources.SeamlessError);
  expect(sources.isSeamlessError(theirError)).toBe(true);
  expect(sources.isSeamlessError(theirError, "INVALID_ARGUMENT")).toBe(true);
  expect(sources.isSeamlessError(theirError, "IO_ERROR")).toBe(false);
  expect(
    builtMain.isSeamlessError(
      thrown(() => new sources.Checksum("x")),
      "INVALID_ARGUMENT",
    ),
  ).toBe(true);
  const fileError = await rejection(builtNode.checksumFile("/no/such/file"));
  expect(sources.isSeamlessError(fileError, "NOT_FOUND")).toBe(true);
});

test("both entry points of the build share their classes", async () => {
  const { checksum } = await builtNode.indexDirectory(fileURLToPath(new URL("vectors", import.meta.url)));
  expect(checksum).toBeInstanceOf(builtMain.Checksum);
});
