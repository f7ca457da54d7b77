import { Checksum } from "@seamless/checksum";
import { describe, expect, test } from "vitest";
import { Buffer, type Celltype, parse, serialize } from "../src/index.ts";

// Memory of zeros that nobody writes to takes no room.
const bytes = new Uint8Array(2 ** 31 + 1);

describe("a buffer of 2 GiB + 1", () => {
  test.each<Celltype>(["text", "yaml", "plain", "mixed", "str"])(
    "is too large as %s, and the limit is named",
    (celltype) => {
      expect(() => parse(bytes, celltype)).toThrow(
        expect.objectContaining({ code: "TOO_LARGE", celltype, message: expect.stringContaining("512 MiB") }),
      );
    },
  );

  test("is refused as a number without being decoded", () => {
    for (const celltype of ["int", "float", "bool", "checksum", "binary"] as const) {
      expect(() => parse(bytes, celltype)).toThrow(expect.objectContaining({ celltype }));
    }
  });

  test("is bytes as any other, and has a checksum", () => {
    const buffer = new Buffer(bytes, { copy: false });
    expect(parse(bytes, "bytes")).toBe(bytes);
    expect(serialize(bytes, "bytes")).toBe(bytes);
    expect(buffer.getChecksum()).toBeInstanceOf(Checksum);
    expect(buffer.length).toBe(2 ** 31 + 1);
  });
});

test("a list of more items than an array can have is refused, not the end of the process", () => {
  const list = new Uint8Array(2 * (2 ** 26 + 1) + 1).fill(0x31);
  for (let i = 0; i < list.length; i += 2) list[i] = 0x2c;
  list[0] = 0x5b;
  list[list.length - 1] = 0x5d;
  expect(() => parse(list, "plain")).toThrow(expect.objectContaining({ code: "TOO_LARGE" }));
});
