import { inspect } from "node:util";
import { isSeamlessError } from "@seamless/checksum";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Descr, DescrField } from "../src/array/dtype.ts";
import { NdArray } from "../src/array/ndarray.ts";
import { readNpy, writeNpy } from "../src/codecs/binary.ts";
import { npyChunks, parseNpy, serializeNpy } from "../src/npy.ts";

const ORDERED = [
  "i2",
  "i4",
  "i8",
  "u2",
  "u4",
  "u8",
  "f2",
  "f4",
  "f8",
  "c8",
  "c16",
  "U3",
  "U0",
  "M8[ns]",
  "m8[25s]",
  "M8",
];

const plain = fc.oneof(
  fc.constantFrom("|b1", "|i1", "|u1", "|S0", "|S5", "|V3"),
  fc.tuple(fc.constantFrom("<", ">"), fc.constantFrom(...ORDERED)).map(([mark, type]) => mark + type),
);

const { descr } = fc.letrec<{ descr: Descr; struct: Descr }>((tie) => ({
  descr: fc.oneof({ depthSize: "small", withCrossShrink: true }, plain, tie("struct")),
  struct: fc.uniqueArray(
    fc.oneof(
      fc.tuple(fc.string({ unit: "binary", maxLength: 4 }), tie("descr")),
      fc.tuple(fc.string({ minLength: 1 }), tie("descr"), fc.array(fc.nat(2), { maxLength: 3 })),
    ) as fc.Arbitrary<DescrField>,
    { maxLength: 4, selector: ([name]) => name },
  ),
}));

const array = fc
  .record({ descr, shape: fc.array(fc.nat(3), { maxLength: 4 }), fortranOrder: fc.boolean(), seed: fc.nat() })
  .map(({ seed, ...options }) => {
    const { itemsize } = new NdArray(new Uint8Array(0), { ...options, shape: [0] });
    const memory = new Uint8Array(options.shape.reduce((size, length) => size * length, itemsize));
    for (let i = 0; i < memory.length; i++) memory[i] = Math.imul(i + seed, 2654435761) >>> 24;
    return new NdArray(memory, options);
  });

/** Nothing but an error of ours may come of it. */
function attempt(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    if (!isSeamlessError(error)) throw error;
  }
}

function readAll(bytes: Uint8Array): void {
  attempt(() => {
    const read = readNpy(bytes);
    inspect(read);
    expect(readNpy(writeNpy(read)).descr).toEqual(read.descr);
    attempt(() => read.typedArray());
    attempt(() => read.toArray());
  });
}

describe("any array", () => {
  it("comes back from its .npy as it was, and makes the same .npy again", () => {
    fc.assert(
      fc.property(array, (before) => {
        const npy = writeNpy(before);
        const after = readNpy(npy);
        expect(after.descr).toEqual(before.descr);
        expect(after.shape).toEqual(before.shape);
        expect(after.fortranOrder).toBe(before.fortranOrder);
        expect(after.bytes()).toEqual(before.bytes());
        expect(writeNpy(after)).toEqual(npy);
        expect((npy.length - before.size * before.itemsize) % 64).toBe(0);
      }),
    );
  });

  it("is the same elements in C order", () => {
    fc.assert(
      fc.property(array, (before) => {
        const { descr, shape } = before;
        const after = new NdArray(before.bytes(), { descr, shape });
        attempt(() => expect(after.toArray()).toEqual(before.toArray()));
        expect(inspect(after).length).toBeLessThan(600);
      }),
    );
  });
});

describe("any bytes", () => {
  it("are read or refused, never anything else", () => {
    fc.assert(fc.property(fc.uint8Array(), readAll));
    const magic = Buffer.from("\x93NUMPY", "latin1");
    fc.assert(fc.property(fc.uint8Array(), (rest) => readAll(Buffer.concat([magic, rest]))));
  });

  it("are so too if they were an .npy and then changed", () => {
    const change = fc.record({ at: fc.nat(300), drop: fc.nat(3), put: fc.string({ maxLength: 4 }) });
    fc.assert(
      fc.property(array, fc.array(change, { minLength: 1, maxLength: 4 }), (before, changes) => {
        let npy = Buffer.from(writeNpy(before));
        for (const { at, drop, put } of changes) {
          const place = at % (npy.length + 1);
          npy = Buffer.concat([npy.subarray(0, place), Buffer.from(put), npy.subarray(place + drop)]);
        }
        readAll(npy);
      }),
      { numRuns: 500 },
    );
  });

  it("are so if their header has the right length but says something else", () => {
    const marks = fc.constantFrom(
      ..."{}()[]'\":, \\0123456789-<>|=iufSUVMO#\nL_xTrueFalse".split(""),
      "descr",
      "shape",
      "fortran_order",
    );
    fc.assert(
      fc.property(fc.array(marks, { maxLength: 60 }), fc.constantFrom(1, 2, 3), (parts, version) => {
        const text = Buffer.from(parts.join(""));
        const prefix = Buffer.from("\x93NUMPY", "latin1");
        const length = Buffer.alloc(version === 1 ? 2 : 4);
        length.writeUIntLE(text.length, 0, length.length);
        readAll(Buffer.concat([prefix, Buffer.from([version, 0]), length, text]));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("any value", () => {
  it("makes an array or an error of ours", () => {
    const anything = fc.anything({
      withBigInt: true,
      withTypedArray: true,
      withNullPrototype: true,
      withSparseArray: true,
    });
    fc.assert(
      fc.property(anything, (value) =>
        attempt(() => {
          const made = NdArray.from(value);
          expect(readNpy(writeNpy(made)).toArray()).toEqual(made.toArray());
        }),
      ),
      { numRuns: 1000 },
    );
  });

  it("of numbers comes back as it was", () => {
    fc.assert(
      fc.property(fc.array(fc.double()), (list) => {
        expect(NdArray.from(list).toArray()).toEqual(list);
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.maxSafeInteger(), { minLength: 1 }), (list) => {
        const made = NdArray.from(list);
        expect(made.descr).toBe("<i8");
        expect(made.toArray()).toEqual(list);
      }),
    );
  });
});

describe("npyChunks", () => {
  it("gives the bytes of serializeNpy: the header, and the elements where they lie", () => {
    fc.assert(
      fc.property(array, (one) => {
        const { data, ...options } = parseNpy(writeNpy(one));
        const [header, elements] = npyChunks(data, options);
        expect(Buffer.concat([header, elements])).toEqual(Buffer.from(serializeNpy(data, options)));
        expect(elements.buffer).toBe(data.buffer);
      }),
    );
  });

  it("refuses what does not fit together", () => {
    expect(() => npyChunks(new Float32Array(3), { shape: [2, 2] })).toThrow(/12|16/);
  });
});
