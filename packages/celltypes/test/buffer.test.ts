import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type BufferLike, Checksum, installRuntime, type Runtime } from "@seamless/checksum";
import { utf8 } from "@seamless/internal/testing";
import { afterEach, describe, expect, test } from "vitest";
import { Buffer, type CELLTYPES, NdArray, serialize } from "../src/index.ts";

describe("Buffer", () => {
  test("has the bytes of a value and their checksum, computed when first asked for", () => {
    const buffer = new Buffer({ b: 1, a: [] }, "plain");
    expect(buffer.content).toEqual(utf8('{\n  "a": [],\n  "b": 1\n}\n'));
    expect(buffer.length).toBe(24);
    expect(buffer.checksum).toBeUndefined();
    const checksum = buffer.getChecksum();
    expect(checksum.equals(Checksum.of(buffer.content))).toBe(true);
    expect(buffer.getChecksum()).toBe(checksum);
    expect(buffer.checksum).toBe(checksum);
  });

  test("copies the bytes that it is given, unless told not to", () => {
    const bytes = utf8("abc");
    const copied = new Buffer(bytes);
    const taken = new Buffer(bytes, { copy: false });
    bytes[0] = 0x7a;
    expect(copied.content).toEqual(utf8("abc"));
    // Whose `slice` is a view.
    const nodes = globalThis.Buffer.from("abc");
    const copiedToo = new Buffer(nodes);
    const given = new Buffer(nodes, { copy: false }).getValueSync("bytes");
    nodes[0] = 0x7a;
    expect(copiedToo.content).toEqual(utf8("abc"));
    expect(given).toEqual(utf8("abc"));
    expect(taken.content).toBe(bytes);
  });

  test("owns its bytes, whatever value it was made of", () => {
    const sources: [unknown, "bytes" | "binary" | "mixed"][] = [
      [new Uint8Array([1, 2, 3]), "bytes"],
      [new Uint8Array([1, 2, 3]).buffer, "bytes"],
      [globalThis.Buffer.from("abc"), "bytes"],
      [globalThis.Buffer.from(serialize([1, 2], "binary")), "binary"],
      [new Float64Array([1, 2]), "bytes"],
      [serialize([1, 2], "binary"), "binary"],
      [new NdArray(new Float64Array([1, 2])), "binary"],
      [new NdArray(new Float64Array([1, 2])), "bytes"],
      [{ a: new Float64Array([1, 2]) }, "mixed"],
    ];
    for (const [source, celltype] of sources) {
      const buffer = new Buffer(source, celltype);
      const before = buffer.content.slice();
      scribble(source);
      expect(buffer.content, celltype).toEqual(before);
    }
  });

  test("stays as it is when a value read from it is changed", async () => {
    const values: Partial<Record<(typeof CELLTYPES)[number], unknown>> = {
      binary: [1.5, 2.5],
      mixed: { a: new Float64Array([1, 2]), b: new Uint8Array([1, 2]), c: [NaN, { d: new Int8Array([5]) }] },
      text: "abc",
      plain: { a: [1, { b: 2 }] },
      yaml: "a: 1",
      str: "abc",
      bytes: new Uint8Array([1, 2, 3]),
      int: 1,
      float: 1.5,
      bool: true,
      checksum: [Checksum.of(new Uint8Array())],
    };
    for (const [celltype, value] of Object.entries(values) as [(typeof CELLTYPES)[number], unknown][]) {
      for (const lossless of [false, true]) {
        const buffer = new Buffer(value, celltype);
        const before = buffer.content.slice();
        scribble(await buffer.getValue(celltype, { lossless }));
        scribble(buffer.getValueSync(celltype, { lossless }));
        expect(buffer.content, celltype).toEqual(before);
        expect(Checksum.of(buffer.content).equals(buffer.getChecksum())).toBe(true);
      }
    }
  });

  test("is recognised by its brand, and is not named as Node's in messages", () => {
    expect(Buffer.isBuffer(new Buffer(new Uint8Array()))).toBe(true);
    expect(Buffer.isBuffer(globalThis.Buffer.from("abc"))).toBe(false);
    expect(Object.prototype.toString.call(new Buffer(1, "int"))).toBe("[object SeamlessBuffer]");
  });

  test("refuses what is no bytes, and unknown celltypes", () => {
    expect(() => new Buffer("abc" as never)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
    expect(() => new Buffer([1, 2] as never)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
    expect(() => new Buffer(1, "integer" as never)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  });

  test("reading code without the Python package names it", async () => {
    const buffer = new Buffer("x = 1", "python");
    expect(() => buffer.getValueSync("python")).toThrow(/@seamless\/python.*loadCodeSupport/);
    expect(buffer.getValueSync("text")).toBe("x = 1");
  });
});

describe("files", () => {
  const folder = mkdtempSync(join(tmpdir(), "seamless-buffer-"));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("load and save", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "seamless-buffer-")), "value");
    await new Buffer([1, 2], "plain").save(file);
    expect(readFileSync(file, "utf8")).toBe("[\n  1,\n  2\n]\n");
    expect(await (await Buffer.load(pathToFileURL(file))).getValue("plain")).toEqual([1, 2]);
    writeFileSync(file, "");
    expect((await Buffer.load(file)).length).toBe(0);
    await expect(Buffer.load(`${file}.missing`)).rejects.toMatchObject({ code: "NOT_FOUND", file: `${file}.missing` });
  });
});

describe("runtime", () => {
  afterEach(() => void installRuntime(undefined));

  test("references and writing go through it, the buffer being registered first", async () => {
    const calls: unknown[] = [];
    const reference = { release() {}, [Symbol.dispose]() {} };
    installRuntime({
      register: (buffer: BufferLike) => calls.push(["register", buffer]),
      incref: (checksum: Checksum, options: unknown) => {
        calls.push(["incref", checksum.hex(), options]);
        return reference;
      },
      decref: (checksum: Checksum) => calls.push(["decref", checksum.hex()]),
      tempref: (checksum: Checksum, options: unknown) => calls.push(["tempref", checksum.hex(), options]),
      write: async (buffer: BufferLike, options: unknown) => void calls.push(["write", buffer, options]),
    } as unknown as Runtime);
    const buffer = new Buffer(1, "int");
    const hex = buffer.getChecksum().hex();
    expect(buffer.incref({ scratch: true })).toBe(reference);
    buffer.decref();
    buffer.tempref({ interest: 4 });
    await buffer.write();
    expect(calls).toEqual([
      ["register", buffer],
      ["incref", hex, { scratch: true }],
      ["decref", hex],
      ["register", buffer],
      ["tempref", hex, { interest: 4 }],
      ["write", buffer, undefined],
    ]);
  });

  test("without one, the error names the package", async () => {
    const buffer = new Buffer(1, "int");
    for (const call of [() => buffer.incref(), () => buffer.decref(), () => buffer.tempref()]) {
      expect(call).toThrow(/@seamless\/core/);
    }
    await expect(buffer.write()).rejects.toMatchObject({ code: "NO_RUNTIME" });
  });
});

/** Change everything in a value that can be changed. */
function scribble(value: unknown): void {
  if (NdArray.isNdArray(value)) {
    value.bytes().fill(0xff);
    const view = value.typedArray?.();
    if (view !== undefined) new Uint8Array(view.buffer).fill(0xff);
  } else if (value instanceof ArrayBuffer) new Uint8Array(value).fill(0xff);
  else if (ArrayBuffer.isView(value)) new Uint8Array(value.buffer, value.byteOffset, value.byteLength).fill(0xff);
  else if (value instanceof Map) {
    for (const item of value.values()) scribble(item);
    value.clear();
  } else if (Array.isArray(value)) {
    for (const item of value) scribble(item);
    value.fill(null);
  } else if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    for (const item of Object.values(value)) scribble(item);
    for (const key of Object.keys(value)) delete (value as Record<string, unknown>)[key];
  }
}
