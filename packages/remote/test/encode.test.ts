import { gunzipSync } from "node:zlib";
import { Zstd } from "@hpcc-js/wasm-zstd";
import { rejection } from "@seamless/internal/testing";
import { type Coding, joinChunks } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { decoders } from "../src/encoding/decoders/node.ts";
import { createEncoder, type Encoder, LEVELS } from "../src/encoding/encode.ts";
import { zstdOfPackage } from "../src/encoding/zstd-package.ts";
import { TEXT } from "./support/client-zstd.ts";
import { chunksOf, sample } from "./support/sample.ts";

const ENCODERS: Readonly<Record<string, readonly [Coding, Encoder]>> = {
  gzip: ["gzip", createEncoder("gzip", LEVELS.gzip.usual)],
  zstd: ["zstd", createEncoder("zstd", LEVELS.zstd.usual)],
  "zstd by the package": ["zstd", zstdOfPackage(LEVELS.zstd.usual)],
};

const { bytes: NOISE } = sample(400_000);
const LARGE = Buffer.concat(Array.from({ length: 300 }, () => TEXT));

describe.each(Object.entries(ENCODERS))("%s", (_, [coding, encode]) => {
  test.each([
    ["nothing", new Uint8Array()],
    ["a text", TEXT],
    ["a long one", LARGE],
    ["what cannot be compressed", NOISE],
  ])("%s, in chunks of any size, is decoded to the same", async (_, bytes) => {
    for (const size of [bytes.byteLength + 1, 100_000, 7_777]) {
      const chunks = Array.from({ length: Math.ceil(bytes.byteLength / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      for (const length of [undefined, bytes.byteLength]) {
        const encoded = await joinChunks(encode(chunksOf(...chunks), { length }));
        expect(Buffer.compare(await joinChunks(decoders[coding](chunksOf(encoded))), bytes)).toBe(0);
      }
    }
  });

  test("memory may be used again once the next chunk is asked for", async () => {
    const reused = (async function* () {
      const memory = new Uint8Array(10_000);
      for (let at = 0; at < LARGE.byteLength; at += memory.byteLength) {
        const chunk = LARGE.subarray(at, at + memory.byteLength);
        memory.set(chunk);
        yield memory.subarray(0, chunk.byteLength);
        memory.fill(0);
      }
    })();
    const encoded = await joinChunks(encode(reused));
    expect(Buffer.compare(await joinChunks(decoders[coding](chunksOf(encoded))), LARGE)).toBe(0);
  });

  test("several at once do not get in each other's way", async () => {
    const all = [TEXT, LARGE, NOISE, LARGE.subarray(5_000)];
    const slowly = async function* (bytes: Uint8Array) {
      for (let at = 0; at < bytes.byteLength; at += 50_000) {
        yield bytes.subarray(at, at + 50_000);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const encoded = await Promise.all(all.map((bytes) => joinChunks(encode(slowly(bytes)))));
    for (const [i, each] of encoded.entries()) {
      expect(Buffer.compare(await joinChunks(decoders[coding](chunksOf(each))), all[i]!)).toBe(0);
    }
  });

  test("what the source throws passes unchanged", async () => {
    for (const reason of [new Error("the source broke"), "a text"]) {
      const broken = (async function* () {
        yield LARGE;
        throw reason;
      })();
      expect(await rejection(joinChunks(encode(broken)))).toBe(reason);
    }
  });

  test("a source is ended when nothing more is wanted", async () => {
    let ended = 0;
    const endless = (async function* () {
      try {
        for (;;) yield NOISE;
      } finally {
        ended++;
      }
    })();
    for await (const _ of encode(endless)) break;
    expect(ended).toBe(1);
  });
});

test("gzip is one member that others read", async () => {
  const encoded = await joinChunks(createEncoder("gzip", 9)(chunksOf(TEXT)));
  expect(Buffer.compare(gunzipSync(encoded), TEXT)).toBe(0);
});

test("the package for zstd has what is used of it, and is not the public part", async () => {
  const zstd = (await Zstd.load()) as unknown as { readonly _zstdClass: new () => { delete(): void } };
  const state = new zstd._zstdClass();
  expect(state.delete).toBeTypeOf("function");
  state.delete();
});
