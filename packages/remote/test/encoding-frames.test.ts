import { rejection } from "@seamless/internal/testing";
import { describe, expect, test } from "vitest";
import { wholeFrames } from "../src/encoding/decoders/node.ts";
import { TEXT, TEXT_ZSTD, zstdStored, zstdZeros } from "./support/client-zstd.ts";
import { chunksOf, collect } from "./support/sample.ts";

/** Descriptors of frames, with what they announce: window, dictionary, length, checksum (RFC 8878, section 3.1.1.1). */
const frame = (descriptor: number, header: number, checksum = 0) =>
  Buffer.from([
    0x28,
    0xb5,
    0x2f,
    0xfd,
    descriptor,
    ...Array(header).fill(0xaa),
    9,
    0,
    0,
    0xbb,
    ...Array(checksum).fill(0xcc),
  ]);

const FRAMES: Readonly<Record<string, Buffer>> = {
  "a text": TEXT_ZSTD,
  "stored, of several blocks": zstdStored(Buffer.alloc(300_000, 1)),
  "stored, of nothing": zstdStored(new Uint8Array()),
  "repeated bytes": zstdZeros(3),
  "of no content": Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]),
  "of no content at all": Buffer.from([0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]),
  "with a window": frame(0x00, 1),
  "with a window, and a checksum": frame(0x04, 1, 4),
  "in one segment": frame(0x20, 1),
  "in one segment, with a long length": frame(0xe0, 8),
  "with a window and a length of two bytes": frame(0x40, 3),
  "with a window and a length of four bytes": frame(0x80, 5),
  "with a dictionary of one byte": frame(0x01, 2),
  "with a dictionary of two bytes": frame(0x02, 3),
  "with a dictionary of four bytes, and all the rest": frame(0xc7, 13, 4),
};

describe.each(Object.entries(FRAMES))("%s", (_, bytes) => {
  test("chunks end where it does", async () => {
    const three = Buffer.concat([bytes, zstdStored(TEXT), bytes]);
    const whole = await collect(wholeFrames(chunksOf(three)));
    expect(whole.map(({ byteLength }) => byteLength)).toEqual(
      [bytes, zstdStored(TEXT), bytes].map((each) => each.length),
    );
    expect(Buffer.concat(whole).equals(three)).toBe(true);
  });

  test("in chunks of any size", async () => {
    const two = Buffer.concat([bytes, bytes]);
    for (const size of bytes.byteLength < 10_000 ? [1, 2, 3, 5, 11] : [9_999]) {
      const ends = new Set<number>();
      let at = 0;
      for await (const chunk of wholeFrames(cut(two, size))) {
        at += chunk.byteLength;
        ends.add(at);
      }
      expect([at, ends.has(bytes.byteLength)]).toEqual([two.byteLength, true]);
    }
  });

  test("an end within it is one too soon", async () => {
    const step = bytes.byteLength < 10_000 ? 1 : 999;
    for (let length = 1; length < bytes.byteLength; length += step) {
      const short = wholeFrames(chunksOf(bytes, bytes.subarray(0, length)));
      expect((await rejection<Error>(collect(short))).message).toBe("unexpected end");
    }
  });
});

test("nothing has no frames", async () => {
  expect(await collect(wholeFrames(chunksOf()))).toEqual([]);
  expect(await collect(wholeFrames(chunksOf(new Uint8Array())))).toEqual([]);
});

test("something else is none", async () => {
  expect((await rejection<Error>(collect(wholeFrames(chunksOf(TEXT))))).message).toBe("no zstd frame");
  expect((await rejection<Error>(collect(wholeFrames(chunksOf(TEXT_ZSTD, TEXT))))).message).toBe("no zstd frame");
});

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}
