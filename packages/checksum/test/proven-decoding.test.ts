import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { Checksum, type Decode, ProvenDecoding, proveDecoding } from "../src/index.ts";
import { builtMain } from "./support/built.ts";

const BYTES = new TextEncoder().encode("hello\n".repeat(100));
const FILE = new Uint8Array(gzipSync(BYTES));

const once = async function* (...chunks: Uint8Array[]) {
  yield* chunks;
};
const gunzip: Decode = async function* (chunks) {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  yield gunzipSync(Buffer.concat(all));
};

describe("the proof of a decoding", () => {
  test("says what was made of what, and by whom", async () => {
    const proof = await proveDecoding(gunzip, once(FILE.slice(0, 5), FILE.slice(5)));
    expect(proof.decode).toBe(gunzip);
    expect(proof.encoded.equals(Checksum.of(FILE))).toBe(true);
    expect(proof.checksum.equals(Checksum.of(BYTES))).toBe(true);
    expect(proof.length).toBe(600);
    expect(String(proof)).toBe("[object ProvenDecoding]");
  });

  test("is of what was hashed, whatever becomes of the memory of source and decoder", async () => {
    const memory = new Uint8Array(8);
    const source = async function* () {
      for (let at = 0; at < FILE.byteLength; at += 8) {
        memory.set(FILE.subarray(at, at + 8));
        yield memory.subarray(0, Math.min(8, FILE.byteLength - at));
      }
      memory.fill(0);
    };
    const spoils: Decode = async function* (chunks) {
      yield* gunzip(
        (async function* () {
          for await (const chunk of chunks) {
            yield chunk.slice();
            chunk.fill(0);
          }
        })(),
      );
    };
    const proof = await proveDecoding(spoils, source());
    expect(proof.encoded.equals(Checksum.of(FILE))).toBe(true);
    expect(proof.checksum.equals(Checksum.of(BYTES))).toBe(true);
  });

  test("is none of what cannot be decoded, or breaks off", async () => {
    await expect(proveDecoding(gunzip, once(BYTES))).rejects.toThrow("header");
    const reason = new Error("broken off");
    const broken = async function* () {
      yield FILE;
      throw reason;
    };
    await expect(proveDecoding(gunzip, broken())).rejects.toBe(reason);
  });

  test("cannot be made by hand, nor changed", async () => {
    const proof = await proveDecoding(gunzip, once(FILE));
    expect(() => new ProvenDecoding(Symbol("made here") as never, proof)).toThrow("proveDecoding");
    expect(ProvenDecoding.isProvenDecoding(proof)).toBe(true);
    for (const other of [{ ...proof }, Object.create(proof), undefined, "proof"]) {
      expect(ProvenDecoding.isProvenDecoding(other)).toBe(false);
    }
    expect(() => Object.defineProperty(proof, "checksum", { value: Checksum.of(FILE) })).toThrow(TypeError);
  });

  test("of another installed copy is none here", async () => {
    const proof = await builtMain.proveDecoding(gunzip, once(FILE));
    expect(ProvenDecoding.isProvenDecoding(proof)).toBe(false);
  });
});
