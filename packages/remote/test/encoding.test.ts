import { gzipSync } from "node:zlib";
import { rejection } from "@seamless/internal/testing";
import { type Coding, joinChunks } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { decode, limited, parseCodings } from "../src/encoding/decode.ts";
import { decoders as browser } from "../src/encoding/decoders/browser.ts";
import { decoders as node } from "../src/encoding/decoders/node.ts";
import { failure } from "./support/client-store.ts";
import { GREEDY_ZSTD, TEXT, TEXT_ZSTD, zstdStored, zstdZeros } from "./support/client-zstd.ts";
import { chunksOf, sample } from "./support/sample.ts";

const OPTIONS = { store: "somewhere", limit: 2 ** 30 };
const LARGE = sample(1_000_000).bytes;
const NOTHING = new Uint8Array();

/** Name → coding, encoded, decoded. */
const GOOD: Readonly<Record<string, readonly [Coding, Uint8Array, Uint8Array]>> = {
  "gzip, a text": ["gzip", gzipSync(TEXT), TEXT],
  "gzip, what cannot be compressed": ["gzip", gzipSync(LARGE), LARGE],
  "gzip, nothing": ["gzip", gzipSync(NOTHING), NOTHING],
  "zstd, a text": ["zstd", TEXT_ZSTD, TEXT],
  "zstd, what cannot be compressed": ["zstd", zstdStored(LARGE), LARGE],
  "zstd, nothing": ["zstd", zstdStored(NOTHING), NOTHING],
  "zstd, two frames": ["zstd", Buffer.concat([TEXT_ZSTD, zstdStored(TEXT)]), Buffer.concat([TEXT, TEXT])],
  "zstd, exactly one block": ["zstd", zstdStored(LARGE.subarray(0, 131_072)), LARGE.subarray(0, 131_072)],
  "zstd, a long run": ["zstd", zstdZeros(40), new Uint8Array(40 * 131_072)],
};

const BAD: Readonly<Record<string, readonly [Coding, Uint8Array]>> = {
  "gzip that is not": ["gzip", TEXT],
  "gzip that is zstd": ["gzip", TEXT_ZSTD],
  "gzip, cut off in its header": ["gzip", gzipSync(TEXT).subarray(0, 5)],
  "gzip, cut off in the middle": ["gzip", gzipSync(TEXT).subarray(0, 100)],
  "gzip, cut off in its checksum": ["gzip", gzipSync(TEXT).subarray(0, -1)],
  "gzip, changed": ["gzip", changed(gzipSync(LARGE), 1000)],
  "gzip, with another checksum": ["gzip", changed(gzipSync(TEXT), -6)],
  "zstd that is not": ["zstd", TEXT],
  "zstd that is gzip": ["zstd", gzipSync(TEXT)],
  "zstd, cut off in its magic number": ["zstd", TEXT_ZSTD.subarray(0, 3)],
  "zstd, cut off in its header": ["zstd", TEXT_ZSTD.subarray(0, 5)],
  "zstd, cut off in the middle": ["zstd", TEXT_ZSTD.subarray(0, 100)],
  "zstd, cut off in its checksum": ["zstd", TEXT_ZSTD.subarray(0, -1)],
  "zstd, cut off before its last block": ["zstd", zstdStored(LARGE).subarray(0, 131_072 + 9)],
  "zstd, changed": ["zstd", changed(TEXT_ZSTD, 60)],
  "zstd, with another checksum": ["zstd", changed(TEXT_ZSTD, -2)],
  "zstd, and something behind it": ["zstd", Buffer.concat([TEXT_ZSTD, TEXT])],
  "zstd, with a window beyond all memory": ["zstd", GREEDY_ZSTD],
};

describe.each([
  ["of Node", node],
  ["of browsers", browser],
])("decoders %s", (_, decoders) => {
  test.each(Object.entries(GOOD))("%s", async (_, [coding, encoded, decoded]) => {
    for (const size of [encoded.byteLength, 7777, encoded.byteLength < 10_000 ? 1 : 131_072]) {
      const found = await joinChunks(decoders[coding](cut(encoded, size)));
      expect(Buffer.compare(found, decoded)).toBe(0);
    }
  });

  test.each(Object.entries(BAD))("%s", async (_, [coding, encoded]) => {
    for (const size of [encoded.byteLength, 50]) {
      expect(await rejection(joinChunks(decoders[coding](cut(encoded, size))))).toBeInstanceOf(Error);
    }
  });

  test.each(["gzip", "zstd"] as const)("%s: two at a time do not disturb each other", async (coding) => {
    const two = [TEXT, LARGE].map((bytes) => (coding === "gzip" ? gzipSync(bytes) : zstdStored(bytes)));
    const [one, other] = await Promise.all(two.map((encoded) => joinChunks(decoders[coding](cut(encoded, 100)))));
    expect([Buffer.compare(one!, TEXT), Buffer.compare(other!, LARGE)]).toEqual([0, 0]);
  });

  test.each(["gzip", "zstd"] as const)("%s: the source is stopped when nobody wants the rest", async (coding) => {
    const source = watched(coding === "gzip" ? gzipSync(LARGE) : zstdStored(LARGE), 1000);
    for await (const chunk of decoders[coding](source.chunks)) {
      expect(chunk.byteLength).toBeGreaterThan(0);
      break;
    }
    await source.stopped;
    // Node's own `DecompressionStream` reads far ahead; browsers do not.
    if (decoders === node || coding === "zstd") expect(source.given).toBeLessThan(500_000);
  });

  test.each(["gzip", "zstd"] as const)("%s: chunks are of memory of their own", async (coding) => {
    const encoded = coding === "gzip" ? gzipSync(LARGE) : zstdStored(LARGE);
    const found: Uint8Array[] = [];
    for await (const chunk of decoders[coding](cut(encoded, 5000))) {
      // No `Buffer`, whose slices are no copies.
      expect(Object.getPrototypeOf(chunk)).toBe(Uint8Array.prototype);
      expect(chunk.buffer.byteLength).toBe(chunk.byteLength);
      found.push(chunk.slice());
      chunk.fill(0xff);
    }
    expect(Buffer.compare(Buffer.concat(found), LARGE)).toBe(0);
  });
});

describe("decode", () => {
  test.each(Object.entries(BAD))("%s is STORE_FAILED", async (_, [coding, encoded]) => {
    const error = await failure(joinChunks(decode([coding], cut(encoded, 50), OPTIONS)));
    expect(error).toMatchObject({ code: "STORE_FAILED", store: "somewhere", message: expect.stringContaining(coding) });
  });

  test.each([
    ["cut off", gzipSync(TEXT).subarray(0, 20), "somewhere: the gzip data cannot be decoded: it ends too soon"],
    ["other bytes", TEXT, "somewhere: the gzip data cannot be decoded: it is damaged, or something else"],
  ])("%s: the message says so in plain words", async (_, encoded, message) => {
    const decoding = joinChunks(decode(["gzip"], chunksOf(encoded), OPTIONS));
    expect(await rejection(decoding)).toMatchObject({ code: "STORE_FAILED", message });
  });

  test("no coding", async () => {
    expect(await joinChunks(decode([], chunksOf(TEXT), OPTIONS))).toEqual(TEXT);
  });

  test("one around the other", async () => {
    const encoded = gzipSync(zstdStored(TEXT));
    expect(await joinChunks(decode(["gzip", "zstd"], chunksOf(encoded), OPTIONS))).toEqual(TEXT);
  });

  test.each(["gzip", "zstd"] as const)("%s: what the source throws passes unchanged", async (coding) => {
    const encoded = coding === "gzip" ? gzipSync(LARGE) : zstdStored(LARGE);
    for (const reason of [new Error("gone"), "a text"]) {
      const broken = async function* () {
        yield encoded.subarray(0, 10_000);
        throw reason;
      };
      expect(await rejection(joinChunks(decode([coding], broken(), OPTIONS)))).toBe(reason);
    }
  });

  // One gigabyte and more, should it go on to its end.
  const BOMBS = { gzip: gzipSync(new Uint8Array(16 * 2 ** 20)), zstd: zstdZeros(128) };
  test.each(["gzip", "zstd"] as const)("%s: a bomb is stopped at the limit, in little memory", async (coding) => {
    const source = watched(Buffer.concat(Array(64).fill(BOMBS[coding])), 512);
    const before = process.memoryUsage().rss;
    let [total, largest] = [0, 0];
    const read = async () => {
      for await (const chunk of decode([coding], source.chunks, { store: "somewhere", limit: 3_000_000 })) {
        total += chunk.byteLength;
        largest = Math.max(largest, chunk.byteLength);
      }
    };
    expect(await failure(read())).toMatchObject({ code: "TOO_LARGE", store: "somewhere" });
    expect(total).toBeLessThanOrEqual(3_000_000);
    expect(largest).toBeLessThanOrEqual(131_072);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20);
    await source.stopped;
    // Of a megabyte; what is read ahead differs between versions of Node.
    expect(source.given).toBeLessThan(200_000);
  });

  test.each(["gzip", "zstd"] as const)("%s: what makes nothing does not go on forever", async (coding) => {
    const nothing = coding === "gzip" ? gzipSync(NOTHING) : zstdStored(NOTHING);
    const endless = async function* () {
      for (;;) yield Buffer.concat(Array(100).fill(nothing));
    };
    const options = { store: "somewhere", limit: 10_000 };
    expect(await failure(joinChunks(decode([coding], endless(), options)))).toMatchObject({ code: "TOO_LARGE" });
  });

  test("the message names the option, and that it is the decoded size", async () => {
    const named = { store: "somewhere", limit: 1_000, limitedBy: "maxDecodedBytes" };
    expect(
      (await failure(joinChunks(decode(["gzip"], chunksOf(gzipSync(new Uint8Array(2_000))), named)))).message,
    ).toBe("somewhere: decoded, it has more than the limit of 1000 bytes (maxDecodedBytes)");
    // What cannot be made shorter is refused before it is decoded.
    expect((await failure(joinChunks(decode(["gzip"], chunksOf(gzipSync(LARGE)), named)))).message).toBe(
      "somewhere: encoded, it has more than the limit of 67536 bytes (64 KiB and twice maxDecodedBytes)",
    );
    const dense = decode(["gzip"], chunksOf(gzipSync(new Uint8Array(2 ** 21))), { ...named, limit: 2 ** 30, ratio: 2 });
    expect((await failure(joinChunks(dense))).message).toContain("(maxDecodedRatio)");
    expect((await failure(joinChunks(limited(chunksOf(LARGE), { ...named, limitedBy: "maxBytes" })))).message).toBe(
      "somewhere: it has more than the limit of 1000 bytes (maxBytes)",
    );
  });

  test("a bomb in a bomb: both are limited", async () => {
    const bomb = gzipSync(BOMBS.gzip);
    const options = { store: "somewhere", limit: 10_000 };
    expect(await failure(joinChunks(decode(["gzip", "gzip"], chunksOf(bomb), options)))).toMatchObject({
      code: "TOO_LARGE",
    });
  });

  test.each(["gzip", "zstd"] as const)(
    "%s: a bomb is stopped when it is too dense for what has come",
    async (coding) => {
      const source = watched(Buffer.concat(Array(64).fill(BOMBS[coding])), 512);
      let total = 0;
      const read = async () => {
        for await (const chunk of decode([coding], source.chunks, { store: "somewhere", limit: 2 ** 40, ratio: 10 })) {
          total += chunk.byteLength;
        }
      };
      expect(await failure(read())).toMatchObject({ code: "TOO_LARGE", message: expect.stringContaining("10 times") });
      await source.stopped;
      expect(total).toBeLessThanOrEqual(Math.max(2 ** 20, 10 * source.given));
    },
  );

  test("the ratio counts the whole length where it is known, and lets a mebibyte of anything pass", async () => {
    const dense = gzipSync(new Uint8Array(2 ** 20));
    expect((await joinChunks(decode(["gzip"], chunksOf(dense), { ...OPTIONS, ratio: 1 }))).byteLength).toBe(2 ** 20);
    const denser = gzipSync(new Uint8Array(2 ** 20 + 1));
    const strict = { ...OPTIONS, ratio: 2 };
    expect(await failure(joinChunks(decode(["gzip"], chunksOf(denser), strict)))).toMatchObject({ code: "TOO_LARGE" });
    const known = { ...strict, encodedLength: 2 ** 20 };
    expect((await joinChunks(decode(["gzip"], chunksOf(denser), known))).byteLength).toBe(2 ** 20 + 1);
  });

  test("a ratio says nothing of what is not encoded", async () => {
    expect((await joinChunks(decode([], chunksOf(LARGE), { ...OPTIONS, ratio: 0.5 }))).byteLength).toBe(
      LARGE.byteLength,
    );
  });

  test("the limit itself is allowed", async () => {
    const exact = { store: "somewhere", limit: TEXT.byteLength };
    expect(await joinChunks(decode(["zstd"], chunksOf(TEXT_ZSTD), exact))).toEqual(TEXT);
    expect(await joinChunks(limited(chunksOf(TEXT), exact))).toEqual(TEXT);
    const less = { store: "somewhere", limit: TEXT.byteLength - 1 };
    expect(await failure(joinChunks(decode(["zstd"], chunksOf(TEXT_ZSTD), less)))).toMatchObject({ code: "TOO_LARGE" });
    expect(await failure(joinChunks(limited(chunksOf(TEXT), less)))).toMatchObject({ code: "TOO_LARGE" });
  });
});

test.each([
  [undefined, []],
  ["", []],
  ["identity", []],
  ["gzip", ["gzip"]],
  ["x-gzip", ["gzip"]],
  [" GZip ", ["gzip"]],
  ["zstd", ["zstd"]],
  ["gzip, zstd", ["zstd", "gzip"]],
  ["identity, zstd,", ["zstd"]],
  ["gzip, gzip, gzip", undefined],
  ["br", undefined],
  ["deflate", undefined],
  ["gzip, br", undefined],
  ["gzip;q=1", undefined],
  // No names that every object has.
  ["constructor", undefined],
  ["__proto__", undefined],
])("Content-Encoding: %j", (header, codings) => {
  expect(parseCodings(header)).toEqual(codings);
});

function changed(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const index = at < 0 ? copy.length + at : at;
  copy[index]! ^= 0x55;
  return copy;
}

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.slice(at, at + size);
}

/** Tells how much of it was asked for, and when nobody asks any more. */
function watched(bytes: Uint8Array, size: number) {
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const state = { given: 0, stopped, chunks: run() };
  async function* run() {
    try {
      for await (const chunk of cut(bytes, size)) {
        state.given += chunk.byteLength;
        yield chunk;
      }
    } finally {
      stop();
    }
  }
  return state;
}
