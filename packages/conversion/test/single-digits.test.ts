import { shortestSingle } from "@seamless/celltypes/numbers";
import fc from "fast-check";
import { expect, test } from "vitest";
import { singleDigits } from "../src/rules/array-json.ts";

const special = [0, -0, 1, 0.1, 1e-4, 1e16, 2 ** -126, 2 ** -149, 2 ** -127, 2 ** 127, 3.4028234663852886e38, 16777216];

test("the digits of any float32 are those of shortestSingle", () => {
  for (const x of special) for (const sign of [1, -1]) expect(singleDigits(sign * x)).toBe(shortestSingle(sign * x));
  fc.assert(
    fc.property(fc.float(), (x) => {
      expect(singleDigits(x)).toBe(shortestSingle(x));
    }),
    { numRuns: 20_000 },
  );
});

test("and those of any float16, which a float32 holds", () => {
  for (let bits = 0; bits < 2 ** 15; bits += 7) {
    const x = halfOf(bits);
    expect(singleDigits(x)).toBe(shortestSingle(x));
  }
});

test("numbers of few digits, and those next to them", () => {
  const view = new DataView(new ArrayBuffer(4));
  for (let i = 1; i < 3000; i++) {
    view.setFloat32(0, i / 100);
    for (const step of [-1, 0, 1]) {
      const x = new Float32Array(new Uint32Array([view.getUint32(0) + step]).buffer)[0]!;
      expect(singleDigits(x)).toBe(shortestSingle(x));
    }
  }
});

/** A finite float16 above zero. */
function halfOf(bits: number): number {
  const exponent = bits >> 10;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return 0;
  return exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
}
