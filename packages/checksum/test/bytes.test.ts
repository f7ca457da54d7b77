import vm from "node:vm";
import { describe, expect, test } from "vitest";
import { asBytes } from "../src/errors.ts";
import { type BytesLike, Checksum, createSha256, sha256 } from "../src/index.ts";
import * as browser from "../src/platform/browser.ts";
import { thrown } from "./support/errors.ts";

const WANTED = [1, 2, 3];
/** 1, 2, 3 in the middle of other bytes. */
const around = Uint8Array.of(0, 1, 2, 3, 4);

function shared(): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(3);
  new Uint8Array(memory).set(WANTED);
  return memory;
}

const KINDS: [string, BytesLike][] = [
  ["Uint8Array", Uint8Array.from(WANTED)],
  ["Buffer", Buffer.from(WANTED)],
  ["ArrayBuffer", Uint8Array.from(WANTED).buffer],
  ["SharedArrayBuffer", shared()],
  ["view of shared memory", new Uint8Array(shared())],
  ["subarray", around.subarray(1, 4)],
  ["DataView", new DataView(around.buffer, 1, 3)],
  ["Uint8Array of another realm", vm.runInNewContext("Uint8Array.of(0, 1, 2, 3, 4).subarray(1, 4)")],
  ["ArrayBuffer of another realm", vm.runInNewContext("Uint8Array.of(1, 2, 3).buffer")],
  ["DataView of another realm", vm.runInNewContext("new DataView(Uint8Array.of(0, 1, 2, 3, 4).buffer, 1, 3)")],
];

describe.each(KINDS)("%s", (_, bytes) => {
  test("is bytes, without a copy", () => {
    const view = asBytes(bytes);
    expect(view).toBeInstanceOf(Uint8Array);
    expect([...view]).toEqual(WANTED);
    expect(view.buffer).toBe(ArrayBuffer.isView(bytes) ? bytes.buffer : bytes);
  });

  test("is hashed, at once and in pieces, on both platforms", () => {
    const expected = sha256(Uint8Array.from(WANTED));
    expect(Buffer.from(expected).toString("hex")).toBe(
      "039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81",
    );
    expect(sha256(bytes)).toEqual(expected);
    expect(createSha256().update(bytes).digest()).toEqual(expected);
    expect(Checksum.of(bytes).bytes()).toEqual(expected);
    expect(browser.hashBytes(asBytes(bytes))).toEqual(expected);
  });
});

test.each<[string, unknown]>([
  ["Float64Array", new Float64Array(1)],
  ["Float64Array of another realm", vm.runInNewContext("new Float64Array(1)")],
  ["Uint16Array", new Uint16Array(1)],
  ["Int8Array", new Int8Array(1)],
  ["Uint8ClampedArray", new Uint8ClampedArray(1)],
  ["string", "abc"],
  ["array", [1, 2, 3]],
  ["object with a length", { length: 1, 0: 1 }],
  ["number", 3],
  ["null", null],
  ["undefined", undefined],
])("%s is no bytes", (_, value) => {
  for (const call of [asBytes, sha256, Checksum.of, createSha256().update]) {
    expect(thrown(() => call(value as Uint8Array))).toMatchObject({ name: "SeamlessError", code: "INVALID_ARGUMENT" });
  }
});
