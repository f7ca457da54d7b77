import { Buffer } from "@seamless/celltypes";
import { Checksum } from "@seamless/checksum";
import { beforeEach, expect, test, vi } from "vitest";
import { countTurns } from "../../../tools/build/turns.ts";
import { conversionMemo, convert, convertBuffer } from "../src/index.ts";

/** Bytes that are hashed in one turn of the event loop, at most. */
const TURN = 2 ** 21;
const text = () => new TextEncoder().encode("a".repeat(5 * TURN));

beforeEach(() => conversionMemo.clear());

const WAYS: Readonly<Record<string, (bytes: Uint8Array, checksum: Checksum) => Promise<unknown>>> = {
  "convert of bytes": (bytes, checksum) => convert(checksum, "text", "str", async () => bytes),
  "convert of a buffer": (bytes, checksum) =>
    convert(checksum, "text", "str", async () => new Buffer(bytes, { copy: false })),
  "convertBuffer of bytes": (bytes) => convertBuffer(bytes, "text", "str"),
  "convertBuffer of a buffer": (bytes) => convertBuffer(new Buffer(bytes), "text", "str"),
};

test.each(Object.entries(WAYS))("%s hashes 2 MiB in a turn of the event loop, at most", async (_, work) => {
  const bytes = text();
  const checksum = Checksum.of(bytes);
  const atOnce = vi.spyOn(Checksum, "of");
  const { turns, mostHashed } = await countTurns(() => work(bytes, checksum));
  const lengths = atOnce.mock.calls.map(([hashed]) => hashed.byteLength);
  atOnce.mockRestore();
  expect(Math.max(mostHashed, ...lengths)).toBeLessThanOrEqual(TURN);
  // What is given and what is made are hashed; the first slice needs no turn.
  expect(turns).toBeGreaterThanOrEqual(8);
});

test("bytes that are changed while they are hashed are refused, or converted as they were", async () => {
  const bytes = text();
  const checksum = Checksum.of(bytes);
  const converting = convert(checksum, "text", "str", async () => {
    setImmediate(() => void bytes.fill(98, bytes.length - 1));
    return bytes;
  });
  const outcome = await converting.then(
    ({ buffer }) => buffer?.getValueSync("str"),
    (error: unknown) => (error as { readonly code: string }).code,
  );
  expect(outcome === "CHECKSUM_MISMATCH" || outcome === "a".repeat(5 * TURN)).toBe(true);
});

test("a result shares no memory with the proven bytes that it was made from", async () => {
  const source = new Buffer(Uint8Array.of(97, 98, 0, 0), "bytes");
  const before = source.getChecksum();
  for (const target of ["binary", "text", "mixed"] as const) {
    const { buffer } = await convertBuffer(source, "bytes", target).catch(() => ({ buffer: undefined }));
    buffer?.content.fill(0);
  }
  expect(source.proven?.copy()).toEqual(Uint8Array.of(97, 98, 0, 0));
  expect(Checksum.of(source.content).equals(before)).toBe(true);
});
