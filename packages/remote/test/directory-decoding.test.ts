import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Checksum, ProvenDecoding, proveDecoding } from "@seamless/checksum";
import { rejection } from "@seamless/internal/testing";
import { describe, expect, test } from "vitest";
import { countHashed } from "../../../tools/build/hashed.ts";
import { directoryStore } from "../src/directory/index.ts";
import { decodeChunks, decoderOf } from "../src/encoding/index.ts";
import { tempDir } from "./support/temp.ts";

const BYTES = Buffer.from("hello\n".repeat(10_000));
const checksum = Checksum.of(BYTES);
const encoded = gzipSync(BYTES);
const once = async function* (bytes: Uint8Array) {
  yield bytes;
};
const proof = () => proveDecoding(decoderOf("gzip"), once(encoded));

test("what our own decoder is proven to have made is not decoded again, but hashed as it is", async () => {
  const folder = tempDir();
  await using store = directoryStore(folder, { layout: "flat" });
  const decoding = await proof();
  const hashed = await countHashed(() => store.putEncoded(checksum, "gzip", once(encoded), { decoding }));
  expect(hashed).toBe(encoded.byteLength);
  expect(readFileSync(join(folder, `${checksum.hex()}.gz`))).toEqual(encoded);
  expect(readFileSync(join(folder, `${checksum.hex()}.BUFFERLENGTH`), "utf8").trim()).toBe("60000");
  expect(await store.get(checksum)).toEqual(new Uint8Array(BYTES));
});

describe("what proves nothing here is decoded and hashed", () => {
  const imitated = { encoded: Checksum.of(encoded), checksum, length: BYTES.byteLength, decode: decoderOf("gzip") };
  test.each<[string, () => Promise<ProvenDecoding>]>([
    ["made by hand", async () => imitated as unknown as ProvenDecoding],
    ["made of a real one", async () => Object.create(await proof(), {}) as ProvenDecoding],
    // It may have made anything.
    ["of another decoder", () => proveDecoding((chunks) => decodeChunks("gzip", chunks), once(encoded))],
    ["of another coding", () => proveDecoding(decoderOf("zstd"), once(encoded)).catch(proof)],
    ["of another buffer", () => proveDecoding(decoderOf("gzip"), once(gzipSync("another")))],
  ])("%s", async (name, make) => {
    await using store = directoryStore(tempDir());
    const decoding = await make();
    const coding = name === "of another coding" ? "zstd" : "gzip";
    const put = () => store.putEncoded(checksum, coding, once(encoded), { decoding });
    if (coding === "zstd") {
      expect(await rejection(put())).toMatchObject({ code: "STORE_FAILED" });
      return;
    }
    expect(await countHashed(put)).toBe(BYTES.byteLength);
    expect(await store.get(checksum)).toEqual(new Uint8Array(BYTES));
  });

  test("a decoder that lies", async () => {
    await using store = directoryStore(tempDir());
    const wrong = gzipSync("another");
    const decoding = await proveDecoding(() => once(BYTES), once(wrong));
    expect(decoding.checksum.equals(checksum)).toBe(true);
    expect(await rejection(store.putEncoded(checksum, "gzip", once(wrong), { decoding }))).toMatchObject({
      code: "CHECKSUM_MISMATCH",
    });
    expect(await store.has([checksum])).toEqual([false]);
  });
});

test("other bytes than those are refused, and more than is allowed", async () => {
  await using store = directoryStore(tempDir());
  const decoding = await proof();
  const put = (bytes: Uint8Array, maxDecodedBytes?: number) =>
    rejection(store.putEncoded(checksum, "gzip", once(bytes), { decoding, maxDecodedBytes }));
  expect(await put(gzipSync("another"))).toMatchObject({ code: "CHECKSUM_MISMATCH", checksum });
  expect(await put(encoded, 59_999)).toMatchObject({ code: "TOO_LARGE" });
  expect(await store.has([checksum])).toEqual([false]);
});

test("no proof is made by hand", async () => {
  const seen = await proof();
  expect(() => new ProvenDecoding(Symbol("made here") as never, seen)).toThrow("proveDecoding");
});
