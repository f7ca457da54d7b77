import { inspect } from "node:util";
import { isSeamlessError } from "@seamless/checksum";
import { describe, expect, it, vi } from "vitest";
import { dtypeOf, makeArray, memoryOf, NdArray, readInCOrder, shareArray } from "../src/array/ndarray.ts";
import { writeNpy } from "../src/codecs/binary.ts";

const invalidArgument = expect.objectContaining({ code: "INVALID_ARGUMENT" });

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

describe("an array", () => {
  it.each([
    [new Int8Array(3), "|i1"],
    [new Uint8Array(3), "|u1"],
    [new Uint8ClampedArray(3), "|u1"],
    [new Int16Array(3), "<i2"],
    [new Uint16Array(3), "<u2"],
    [new Int32Array(3), "<i4"],
    [new Uint32Array(3), "<u4"],
    [new BigInt64Array(3), "<i8"],
    [new BigUint64Array(3), "<u8"],
    [new Float32Array(3), "<f4"],
    [new Float64Array(3), "<f8"],
  ])("of %o is %s, on the same memory", (typed, descr) => {
    const array = new NdArray(typed);
    expect(array).toMatchObject({ descr, shape: [3], fortranOrder: false, size: 3, itemsize: typed.BYTES_PER_ELEMENT });
    expect(array.bytes().buffer).toBe(typed.buffer);
  });

  it("of bytes has the descr and shape that are given", () => {
    const memory = new Uint8Array(24);
    for (const data of [memory, memory.buffer, new DataView(memory.buffer), Buffer.from(memory.buffer)]) {
      const array = new NdArray(data, { descr: ">f8", shape: [3, 1] });
      expect(array).toMatchObject({ descr: ">f8", shape: [3, 1], size: 3, itemsize: 8 });
      expect(array.bytes().constructor).toBe(Uint8Array);
    }
    expect(new NdArray(memory, { descr: "<f8" }).shape).toEqual([3]);
    expect(new NdArray(memory, { descr: "<f8", shape: [3] }).shape).toEqual([3]);
    expect(new NdArray(new Uint8Array(8), { descr: "<f8", shape: [] }).toArray()).toBe(0);
  });

  it.each([
    ["too few bytes", () => new NdArray(new Uint8Array(7), { descr: "<f8", shape: [1] })],
    ["too many bytes", () => new NdArray(new Uint8Array(9), { descr: "<f8", shape: [1] })],
    ["no whole number of elements", () => new NdArray(new Uint8Array(9), { descr: "<f8" })],
    ["no descr", () => new NdArray(new Uint8Array(9), { descr: "float64" })],
    ["another type than the typed array's", () => new NdArray(new Float32Array(2), { descr: "<f8" })],
    ["no shape", () => new NdArray(new Uint8Array(1), { shape: 1 as never })],
    ["a negative length", () => new NdArray(new Uint8Array(1), { shape: [-1, -1] })],
    ["65 axes", () => new NdArray(new Uint8Array(1), { shape: new Array(65).fill(1) })],
    ["an overflow", () => new NdArray(new Uint8Array(0), { shape: [2 ** 30, 2 ** 30, 0] })],
    ["a list", () => new NdArray([1, 2] as never)],
    ["nothing", () => new NdArray(undefined as never)],
    ["an order that is no boolean", () => new NdArray(new Uint8Array(1), { fortranOrder: 1 as never })],
    ["empty elements without a shape", () => new NdArray(new Uint8Array(0), { descr: "|S0" })],
  ])("is refused for %s", (_, make) => {
    expect(make).toThrow(invalidArgument);
  });

  it("cannot be changed but through its memory", () => {
    const shape = [2, 3];
    const array = new NdArray(new Float64Array(6), { shape });
    shape[0] = 6;
    expect(array.shape).toEqual([2, 3]);
    expect(Object.isFrozen(array) && Object.isFrozen(array.shape)).toBe(true);
  });

  it("is in Fortran order only where NumPy says so", () => {
    const isFortran = (shape: number[], descr = "|u1") => {
      const size = shape.reduce((a, b) => a * b, 1);
      return new NdArray(new Uint8Array(descr === "|u1" ? size : 0), { shape, descr, fortranOrder: true }).fortranOrder;
    };
    expect(
      [
        [2, 3],
        [1, 2, 3],
        [2, 1, 2],
      ].map((shape) => isFortran(shape)),
    ).toEqual([true, true, true]);
    expect([[], [3], [1, 3], [3, 1, 1], [0, 2, 3]].map((shape) => isFortran(shape))).toEqual(new Array(5).fill(false));
    expect(isFortran([2, 3], "|V0")).toBe(false);
  });

  it("says so when its memory is gone", () => {
    const typed = new Float64Array(4);
    const array = new NdArray(typed);
    structuredClone(typed.buffer, { transfer: [typed.buffer] });
    for (const use of [() => array.bytes(), () => array.toArray(), () => writeNpy(array)]) {
      expect(use).toThrow(expect.objectContaining({ code: "INVALID_STATE" }));
    }
  });
});

describe("C order", () => {
  it.each([
    ["|u1", [2, 3]],
    ["<u2", [3, 2, 4]],
    ["<f8", [2, 1, 3, 2]],
    ["<c16", [4, 5]],
    ["|S3", [3, 3]],
    ["<U3", [70, 40]],
    ["|S7", [33, 2, 65]],
  ])("of %s in shape %j is the elements, one by one", (descr, shape) => {
    const { itemsize } = new NdArray(new Uint8Array(0), { descr, shape: [0] });
    const size = shape.reduce((a, b) => a * b, 1);
    // Odd on purpose: an address that no typed array can begin at.
    const memory = new Uint8Array(size * itemsize + 1).subarray(1).map((_, i) => (i * 7 + (i >> 8)) & 0xff);
    const shifted = new Uint8Array(memory.length + 1);
    shifted.set(memory, 1);
    const array = new NdArray(shifted.subarray(1), { descr, shape, fortranOrder: true });
    const expected = new Uint8Array(memory.length);
    for (let c = 0; c < size; c++) {
      let rest = c;
      let f = 0;
      const index = [...shape].reverse().map((length) => {
        const i = rest % length;
        rest = Math.floor(rest / length);
        return i;
      });
      for (let axis = shape.length - 1; axis >= 0; axis--) f = f * shape[axis]! + index[shape.length - 1 - axis]!;
      expected.set(memory.subarray(f * itemsize, (f + 1) * itemsize), c * itemsize);
    }
    expect(Buffer.compare(array.bytes(), expected)).toBe(0);
    expect(Buffer.compare(readInCOrder(array), expected)).toBe(0);
    const inC = new NdArray(expected, { descr, shape });
    if (descr !== "<U3") expect(array.toArray()).toEqual(inC.toArray());
  });

  it("keeps the bits of every NaN", () => {
    const bits = new BigUint64Array([
      0x7ff0000000000001n,
      0x7ff8000000000002n,
      0xfff8dead00000003n,
      0x7ff4000000000004n,
    ]);
    const array = new NdArray(bytesOf(bits), { descr: "<f8", shape: [2, 2], fortranOrder: true });
    expect([...new BigUint64Array(array.bytes().buffer)]).toEqual([bits[0], bits[2], bits[1], bits[3]]);
  });
});

describe("typed arrays", () => {
  it("are views where the memory allows", () => {
    const memory = new ArrayBuffer(32);
    expect(new NdArray(memory, { descr: "<f8" }).typedArray()).toEqual(new Float64Array(4));
    expect(new NdArray(memory, { descr: "<f8" }).typedArray()?.buffer).toBe(memory);
    expect(new NdArray(memory, { descr: "<u2", shape: [4, 4] }).typedArray()).toEqual(new Uint16Array(16));
    expect(new NdArray(memory, { descr: "<i8" }).typedArray()).toBeInstanceOf(BigInt64Array);
  });

  it("are copies of what is unaligned, big-endian or in Fortran order", () => {
    const odd = new Uint8Array(17).subarray(1);
    expect(new NdArray(odd, { descr: "<f8" }).typedArray()).toEqual(new Float64Array(2));
    const big = Uint8Array.of(0, 1, 0, 2, 0, 3, 0, 4);
    expect(new NdArray(big, { descr: ">u2" }).typedArray()).toEqual(Uint16Array.of(1, 2, 3, 4));
    expect(big).toEqual(Uint8Array.of(0, 1, 0, 2, 0, 3, 0, 4));
    const fortran = { shape: [2, 2], fortranOrder: true };
    expect(new NdArray(big, { descr: ">u2", ...fortran }).typedArray()).toEqual(Uint16Array.of(1, 3, 2, 4));
    expect(new NdArray(Int32Array.of(1, 2, 3, 4), fortran).typedArray()).toEqual(Int32Array.of(1, 3, 2, 4));
  });

  it.each(["|b1", "<f2", "<c8", "|S8", "<U2", "<M8[s]", "|V8", [["a", "<f8"]] as const])("are not of %j", (descr) => {
    expect(new NdArray(new Uint8Array(8), { descr: descr as never }).typedArray()).toBeUndefined();
  });
});

describe("shared memory", () => {
  const shared = () => {
    const memory = new Float64Array([1, 2, 3, 4]);
    return { memory, array: shareArray(new NdArray(memory)) };
  };

  it("is never given out for writing", () => {
    const { memory, array } = shared();
    array.bytes().fill(255);
    (array.typedArray() as Float64Array).fill(7);
    expect([...memory]).toEqual([1, 2, 3, 4]);
    const fortran = { memory: bytesOf(memory), dtype: dtypeOf(array), shape: [2, 2], fortranOrder: true, shared: true };
    makeArray(fortran).bytes().fill(255);
    expect([...memory]).toEqual([1, 2, 3, 4]);
    expect([...(array.typedArray() as Float64Array)]).toEqual([7, 7, 7, 7]);
  });

  it("is copied once, when first asked for", () => {
    const { memory, array } = shared();
    expect(memoryOf(array).buffer).toBe(memory.buffer);
    const bytes = array.bytes();
    expect(bytes.buffer).not.toBe(memory.buffer);
    expect(array.bytes()).toBe(bytes);
    expect(array.typedArray()?.buffer).toBe(bytes.buffer);
  });

  it("is given out to whoever says so", () => {
    const { memory, array } = shared();
    expect(array.bytes({ unsafeShared: true }).buffer).toBe(memory.buffer);
    expect(array.typedArray({ unsafeShared: true })?.buffer).toBe(memory.buffer);
    expect(array.bytes().buffer).not.toBe(memory.buffer);
  });

  it("is not in what lists hold", () => {
    const memory = Uint8Array.of(1, 2, 3);
    const array = shareArray(new NdArray(memory, { descr: "|V3" }));
    for (const part of array.toArray() as Uint8Array[]) part.fill(9);
    expect([...memory]).toEqual([1, 2, 3]);
  });
});

describe("another copy of the package", () => {
  it("makes arrays that this one reads, and the other way round", async () => {
    vi.resetModules();
    const other = await import("../src/array/ndarray.ts");
    const theirs = new other.NdArray(new Int16Array([1, 2, 3, 4]), { shape: [2, 2], fortranOrder: true });
    expect(theirs).not.toBeInstanceOf(NdArray);
    expect(NdArray.isNdArray(theirs)).toBe(true);
    expect(other.NdArray.isNdArray(NdArray.from(1))).toBe(true);
    expect(NdArray.from(theirs)).toBe(theirs);
    expect(dtypeOf(theirs)).toMatchObject({ kind: "int", itemsize: 2 });
    expect(writeNpy(theirs)).toEqual(writeNpy(new NdArray(new Int16Array([1, 2, 3, 4]), theirs)));
  });

  it.each([undefined, null, 1, "x", {}, [], new Float64Array(1), { [Symbol.for("@seamless/ndarray")]: 1 }])(
    "%o is no array",
    (value) => expect(NdArray.isNdArray(value)).toBe(false),
  );
});

describe("the console", () => {
  const show = (array: NdArray) => inspect(array);

  it("shows type, shape and first elements on a short line", () => {
    expect(
      show(
        NdArray.from([
          [1, 2, 3],
          [4, 5, 6.5],
        ]),
      ),
    ).toBe("NdArray <f8 (2, 3) [1, 2, 3, 4, 5, 6.5]");
    expect(show(NdArray.from([1, 2, 3, 4, 5, 6, 7]))).toBe("NdArray <i8 (7,) [1, 2, 3, 4, 5, 6, …]");
    expect(show(new NdArray(Int8Array.of(1, 2, 3, 4), { shape: [2, 2], fortranOrder: true }))).toBe(
      "NdArray |i1 (2, 2) in Fortran order [1, 3, 2, 4]",
    );
    expect(show(NdArray.from(true))).toBe("NdArray |b1 () true");
    expect(show(NdArray.from([]))).toBe("NdArray <f8 (0,) []");
    expect(show(NdArray.from(["a\nb", -0]))).toBe('NdArray <U32 (2,) ["a\\nb", "-0.0"]');
    expect(show(NdArray.from([2n ** 63n]))).toBe("NdArray <u8 (1,) [9223372036854775808n]");
    expect(
      show(
        new NdArray(new Uint8Array(16), {
          descr: [
            ["t", "<m8[s]"],
            ["v", "|V8"],
          ],
        }),
      ),
    ).toMatch(/^NdArray .{1,200}$/);
  });

  it("shows what it cannot decode, or would take long", () => {
    expect(show(new NdArray(Uint8Array.of(255, 255, 255, 255), { descr: "<U1" }))).toContain('"?"');
    expect(show(new NdArray(new Uint8Array(1e6), { descr: "|S1000000" }))).toBe("NdArray |S1000000 (1,) […]");
    const fields = Array.from({ length: 1000 }, (_, i) => [`field${i}`, "|u1"] as const);
    expect(show(new NdArray(new Uint8Array(1000), { descr: fields })).length).toBeLessThan(200);
  });
});

describe("errors", () => {
  it("are of one family", () => {
    try {
      new NdArray(new Uint8Array(1), { descr: "|O" });
    } catch (error) {
      expect(isSeamlessError(error, "INVALID_ARGUMENT")).toBe(true);
    }
    expect.assertions(1);
  });
});
