import { ProvenBytes } from "@seamless/checksum";
import { expect, test } from "vitest";
import { Buffer, NdArray } from "../src/index.ts";

test("what other installed copies see of an array's memory is a copy while a buffer has it too", async () => {
  const buffer = new Buffer(Float64Array.of(1, 2, 3), "binary");
  await buffer.computeChecksum();
  const array = await buffer.getValue("binary");
  const symbols = new Set([...Reflect.ownKeys(array!), ...Reflect.ownKeys(NdArray.prototype)]);
  for (const key of symbols) {
    const member: unknown = Reflect.get(array!, key);
    if (member instanceof Uint8Array) member.fill(0);
  }
  expect(ProvenBytes.isProvenBytes(buffer.proven)).toBe(true);
  expect((await buffer.getValue("binary"))!.toArray()).toEqual([1, 2, 3]);
});

test("an array on memory of its own gives it to other copies as it is", () => {
  const numbers = Float64Array.of(1, 2);
  const memory: unknown = Reflect.get(new NdArray(numbers), Symbol.for("@seamless/ndarray/memory"));
  expect((memory as Uint8Array).buffer).toBe(numbers.buffer);
});
