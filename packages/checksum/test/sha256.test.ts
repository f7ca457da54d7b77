import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Checksum, createSha256, sha256 } from "../src/index.ts";
import * as browser from "../src/platform/browser.ts";
import * as node from "../src/platform/node.ts";
import { thrown } from "./support/errors.ts";

const PLATFORMS = { node, browser };
const reference = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** Bytes without a period, so that a block that is left out or hashed twice shows. */
function pattern(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0, state = 1; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** Every short length, and the lengths around block edges, where padding starts a block of its own, up to 1 MiB. */
function lengths(): number[] {
  const chosen = new Set(Array.from({ length: 301 }, (_, length) => length));
  for (let blocks = 8; blocks <= 2 ** 14; blocks *= 2) {
    for (let beyond = -9; beyond <= 1; beyond++) chosen.add(blocks * 64 + beyond);
  }
  return [...chosen];
}

const source = pattern(2 ** 20 + 64);

describe.each(Object.entries(PLATFORMS))("platform %s", (_, platform) => {
  test("every length agrees with node:crypto, at once and in two pieces", () => {
    const checked = lengths();
    expect(checked.length).toBeGreaterThan(400);
    for (const length of checked) {
      // Not at the start of its memory.
      const bytes = source.subarray(3, 3 + length);
      const expected = reference(bytes);
      expect(platform.hashHex(bytes)).toBe(expected);
      expect(toHex(platform.hashBytes(bytes))).toBe(expected);
      const hasher = platform.createHasher();
      hasher.update(bytes.subarray(0, length % 67));
      hasher.update(bytes.subarray(length % 67));
      expect(toHex(hasher.digest())).toBe(expected);
    }
  });

  test("pieces of any size agree with the whole", () => {
    fc.assert(
      fc.property(fc.nat(3000), fc.array(fc.oneof(fc.nat(130), fc.nat(3000)), { maxLength: 12 }), (length, cuts) => {
        const bytes = source.subarray(0, length);
        const edges = [0, ...cuts.map((cut) => Math.min(cut, length)).sort((a, b) => a - b), length];
        const hasher = platform.createHasher();
        for (let i = 1; i < edges.length; i++) hasher.update(bytes.subarray(edges[i - 1], edges[i]));
        expect(toHex(hasher.digest())).toBe(reference(bytes));
      }),
      { numRuns: 500 },
    );
  });

  test("gives plain bytes that nobody else holds", () => {
    const first = platform.hashBytes(source.subarray(0, 5));
    expect(Object.getPrototypeOf(first)).toBe(Uint8Array.prototype);
    expect(first.buffer.byteLength).toBe(32);
    first.fill(0);
    expect(toHex(platform.hashBytes(source.subarray(0, 5)))).toBe(reference(source.subarray(0, 5)));
  });

  test("pieces may be changed after update", () => {
    const piece = pattern(100);
    const hasher = platform.createHasher();
    hasher.update(piece);
    piece.fill(0);
    expect(toHex(hasher.digest())).toBe(reference(pattern(100)));
  });
});

describe("createSha256", () => {
  test("chains, and gives 32 plain bytes", () => {
    const digest = createSha256()
      .update(source.subarray(0, 10))
      .update(new Uint8Array())
      .update(source.subarray(10, 99))
      .digest();
    expect(digest).toEqual(sha256(source.subarray(0, 99)));
    expect(Object.getPrototypeOf(digest)).toBe(Uint8Array.prototype);
    expect(digest.buffer.byteLength).toBe(32);
  });

  test("is finished by digest", () => {
    const hash = createSha256().update(source.subarray(0, 10));
    hash.digest();
    expect(thrown(() => hash.update(source))).toMatchObject({ name: "SeamlessError", code: "INVALID_STATE" });
    expect(thrown(() => hash.digest())).toMatchObject({ name: "SeamlessError", code: "INVALID_STATE" });
  });

  test("a refused piece leaves no trace", () => {
    const hash = createSha256().update(source.subarray(0, 10));
    thrown(() => hash.update("text" as never));
    expect(hash.update(source.subarray(10, 20)).digest()).toEqual(sha256(source.subarray(0, 20)));
  });

  test("several at a time do not mix", () => {
    const [a, b] = [createSha256(), createSha256()];
    a.update(source.subarray(0, 70));
    b.update(source.subarray(0, 3));
    a.update(source.subarray(70, 90));
    expect(a.digest()).toEqual(sha256(source.subarray(0, 90)));
    expect(b.digest()).toEqual(sha256(source.subarray(0, 3)));
  });
});

test("a buffer over 2 GiB, which OpenSSL does not take at once", () => {
  const bytes = new Uint8Array(2 ** 31 + 1);
  // The memory is lazily zero; these show whether the edges and the end are hashed, and once.
  for (const at of [0, 2 ** 30 - 1, 2 ** 30, 2 ** 31 - 1, 2 ** 31]) bytes[at] = 1 + (at % 251);
  const expected = createHash("sha256");
  for (let start = 0; start < bytes.byteLength; start += 2 ** 28)
    expected.update(bytes.subarray(start, start + 2 ** 28));
  const digest = expected.digest("hex");
  expect(toHex(sha256(bytes))).toBe(digest);
  expect(toHex(createSha256().update(bytes).digest())).toBe(digest);
  expect(Checksum.of(bytes).hex()).toBe(digest);
});

// Seconds of work, and so only where nothing is left out.
test.runIf(process.env["SEAMLESS_TESTS"] === "all")("a buffer of 4 GiB, the largest that Node 20 can hold", () => {
  // Nobody writes to this memory, so that it takes no room.
  const expected = createHash("sha256");
  const zeros = new Uint8Array(2 ** 28);
  for (let i = 0; i < 16; i++) expected.update(zeros);
  expect(Checksum.of(new Uint8Array(2 ** 32)).hex()).toBe(expected.digest("hex"));
});
