import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { concatBytes, copyBytes, equalBytes, isUint8Array, littleEndian, viewBytes } from "../src/bytes.ts";

test("bytes of every kind are seen on their own memory, those of another realm included", () => {
  const memory = new Uint8Array([1, 2, 3, 4]);
  expect(viewBytes(memory)).toBe(memory);
  expect(viewBytes(memory.buffer)).toEqual(memory);
  expect(viewBytes(new DataView(memory.buffer, 1, 2))).toEqual(memory.subarray(1, 3));
  const foreign = runInNewContext("new Uint8Array([5, 6])");
  expect(isUint8Array(foreign)).toBe(true);
  expect(viewBytes(foreign)).toEqual(new Uint8Array([5, 6]));
  viewBytes(memory.buffer)![0] = 9;
  expect(memory[0]).toBe(9);
});

test.each([[new Uint16Array(2)], [[1, 2]], ["text"], [null], [undefined], [{ byteLength: 2 }]])(
  "%o is not bytes",
  (value) => {
    expect(viewBytes(value)).toBeUndefined();
    expect(isUint8Array(value)).toBe(false);
  },
);

test("a copy is a plain array on memory of its own, of Node's Buffer too", () => {
  const buffer = Buffer.from([1, 2, 3]);
  const copy = copyBytes(buffer);
  buffer[0] = 9;
  expect(copy).toEqual(new Uint8Array([1, 2, 3]));
  expect(Object.getPrototypeOf(copy)).toBe(Uint8Array.prototype);
});

test("parts are put one after the other, and compared by their bytes", () => {
  const whole = concatBytes([new Uint8Array([1]), new Uint8Array(), new Uint8Array([2, 3])]);
  expect(whole).toEqual(new Uint8Array([1, 2, 3]));
  expect(concatBytes([])).toEqual(new Uint8Array());
  expect(equalBytes(whole, new Uint8Array([1, 2, 3]))).toBe(true);
  expect(equalBytes(whole, new Uint8Array([1, 2, 4]))).toBe(false);
  expect(equalBytes(whole, new Uint8Array([1, 2]))).toBe(false);
});

test("bytes are numbers, the lowest byte first", () => {
  expect([littleEndian(new Uint8Array()), littleEndian(new Uint8Array([0x28, 0xb5, 0x2f, 0xfd]))]).toEqual([
    0, 0xfd2fb528,
  ]);
  expect(littleEndian(new Uint8Array([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))).toBe(2 ** 48 - 1);
});
