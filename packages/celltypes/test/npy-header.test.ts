import { isSeamlessError } from "@seamless/checksum";
import { isPrintable, pythonRepr } from "@seamless/internal/python-repr";
import { describe, expect, it } from "vitest";
import { NdArray } from "../src/array/ndarray.ts";
import { readNpy, writeNpy } from "../src/codecs/binary.ts";

/** An `.npy` with this header text. */
function npy(header: string, { version = 1, data = new Uint8Array(4) } = {}): Uint8Array {
  const text = version < 3 ? Buffer.from(header, "latin1") : Buffer.from(header, "utf8");
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  length.writeUIntLE(text.length, 0, length.length);
  return Buffer.concat([Buffer.from("\x93NUMPY", "latin1"), Buffer.from([version, 0]), length, text, data]);
}

const withShape = (shape: string, options = {}) =>
  npy(`{'descr': '|u1', 'fortran_order': False, 'shape': ${shape}, }\n`, options);
const withDescr = (descr: string, options = {}) =>
  npy(`{'descr': ${descr}, 'fortran_order': False, 'shape': (1,), }\n`, options);

function refusal(bytes: Uint8Array): { code: string; offset: number | undefined } {
  try {
    readNpy(bytes);
  } catch (error) {
    if (isSeamlessError(error)) return { code: error.code, offset: error.offset };
    throw error;
  }
  throw new Error("it was read");
}

describe("a header", () => {
  // All of these NumPy 2.4 reads.
  it.each([
    ["white space before", "  {'descr': '|u1', 'fortran_order': False, 'shape': (4,)}"],
    ["a line before", "\n{'descr': '|u1', 'fortran_order': False, 'shape': (4,)}"],
    ["lines after", "{'descr': '|u1', 'fortran_order': False, 'shape': (4,)}\n\n"],
    ["no white space", "{'descr':'|u1','fortran_order':False,'shape':(4,)}"],
    ["much white space", "{'descr'\n:\t'|u1' ,\f'fortran_order' :\r\nFalse , 'shape' : ( 4 , ) }"],
    ["comments", "#x\n{'descr': '|u1', # y\n'fortran_order': False, 'shape': (4,)} # z"],
    ["another order", "{'shape': (4,), 'fortran_order': False, 'descr': '|u1'}"],
    ["double quotes", '{"descr": "|u1", "fortran_order": False, "shape": (4,)}'],
    ["triple quotes", "{'''descr''': \"\"\"|u1\"\"\", 'fortran_order': False, 'shape': (4,)}"],
    ["adjacent strings", "{'de' \"scr\": '|' 'u1', 'fortran_order': False, 'shape': (4,)}"],
    ["prefixes", "{u'descr': r'|u1', U'fortran_order': False, R'shape': (4,)}"],
    ["escapes", "{'\\x64es\\143r': '\\u007cu1', 'fortran\\U0000005forder': False, 'sh\\\nape': (4,)}"],
    ["parentheses", "({'descr': ('|u1'), 'fortran_order': (False), 'shape': ((4),)})"],
    ["equal keys", "{'descr': '<f8', 'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'shape': (4,)}"],
    ["integers of Python 2", "{'descr': '|u1', 'fortran_order': False, 'shape': (4L,)}"],
    ["them with white space", "{'descr': '|u1', 'fortran_order': False, 'shape': (4 L,)}"],
    ["other integers", "{'descr': '|u1', 'fortran_order': False, 'shape': (0x4,)}"],
    ["underscores and signs", "{'descr': '|u1', 'fortran_order': False, 'shape': (+0b1_00,)}"],
  ])("may have %s", (_, header) => {
    expect(readNpy(npy(header))).toMatchObject({ descr: "|u1", shape: [4], fortranOrder: false });
  });

  it.each([
    ["nothing", ""],
    ["only white space", " \n"],
    ["another literal", "'x'"],
    ["a list", "[]"],
    ["an expression", "__import__('os').system('true')"],
    ["text after it", "{'descr': '|u1', 'fortran_order': False, 'shape': (4,)}x"],
    ["a NUL", "{'descr': '|u1', 'fortran_order': False, 'shape': (4,)}\0"],
    ["a missing key", "{'descr': '|u1', 'fortran_order': False}"],
    ["another key", "{'descr': '|u1', 'fortran_order': False, 'shape': (4,), 'x': 1}"],
    ["another key instead", "{'descr': '|u1', 'fortran_order': False, '__proto__': (4,)}"],
    ["a key that is no string", "{1: '|u1', 'fortran_order': False, 'shape': (4,)}"],
    ["no colon", "{'descr' '|u1', 'fortran_order': False, 'shape': (4,)}"],
    ["two commas", "{'descr': '|u1',, 'fortran_order': False, 'shape': (4,)}"],
    ["no comma", "{'descr': '|u1' 'fortran_order': False, 'shape': (4,)}"],
    ["no end", "{'descr': '|u1', 'fortran_order': False, 'shape': (4,)"],
    ["bytes", "{'descr': b'|u1', 'fortran_order': False, 'shape': (4,)}"],
    ["an order that is a number", "{'descr': '|u1', 'fortran_order': 0, 'shape': (4,)}"],
    ["an order that is None", "{'descr': '|u1', 'fortran_order': None, 'shape': (4,)}"],
    ["a dict in its descr", "{'descr': {}, 'fortran_order': False, 'shape': (4,)}"],
    ["JSON's words", "{'descr': '|u1', 'fortran_order': false, 'shape': (4,)}"],
    ["an open string", "{'descr': '|u1"],
    ["a string over two lines", "{'descr': '|u\n1', 'fortran_order': False, 'shape': (4,)}"],
    ["an escape of nothing", "{'descr': '\\x4', 'fortran_order': False, 'shape': (4,)}"],
    ["an escape beyond Unicode", "{'descr': '\\U00110000', 'fortran_order': False, 'shape': (4,)}"],
    ["a backslash at its end", "{'descr': '\\"],
  ])("is refused with %s", (_, header) => {
    expect(refusal(npy(header)).code).toBe("INVALID_BUFFER");
  });

  it.each([
    "(-1,)",
    "[4]",
    "4",
    "(4)",
    "(4.0,)",
    "(01,)",
    "(True,)",
    "('4',)",
    "(4,,)",
    "(,)",
    "(--4,)",
    "(4",
    "((4,),)",
    "(0x,)",
    "(4_,)",
    "(4__0,)",
    "(1e1,)",
    "(9007199254740992, 0)",
    "(3037000500, 3037000500, 0)",
    `(${"9".repeat(1000)},)`,
    "(99999999999, 99999999999, 99999999999)",
    `(${"1, ".repeat(65)})`,
    "(4j,)",
    "(4)*1",
  ])("is refused with the shape %s", (shape) => expect(refusal(withShape(shape)).code).toBe("INVALID_BUFFER"));

  it("of version 3 has no integers of Python 2", () => {
    expect(refusal(withShape("(4L,)", { version: 3 })).code).toBe("INVALID_BUFFER");
    expect(readNpy(withShape("(4L,)", { version: 2 })).shape).toEqual([4]);
  });

  it.each([
    "['<i4', (1,)]",
    "(('a', '<i4'), ('b', '<i4'))",
    "('<i4', (1,))",
    "[(('t', 'a'), '<i4')]",
    "[('a', '|O')]",
    "'|O'",
    "[('a',)]",
    "[('a', '<i4', (1,), 2)]",
    "[('a', ('<i4',))]",
    "[('a', ['<i4', (1,)])]",
    "[('a', '<i4'), ('a', '<i4')]",
    "5",
  ])("is refused with the descr %s", (descr) =>
    expect(refusal(withDescr(descr))).toEqual({ code: "INVALID_BUFFER", offset: 20 }),
  );

  it("may have fields in lists and lengths without a tuple, as NumPy reads them", () => {
    expect(readNpy(withDescr("[['a', '<i2', 2]]")).descr).toEqual([["a", "<i2", [2]]]);
    expect(readNpy(withDescr("[('a', ('<i2', (2,)))]")).descr).toEqual([["a", "<i2", [2]]]);
    expect(readNpy(withDescr("[('a', ('<i1', (2,)), (2,))]")).descr).toEqual([["a", ["|i1", [2]], [2]]]);
  });

  it("keeps names, whatever characters they have", () => {
    const names = [
      "é",
      "中",
      "it's",
      'q"q',
      `'"`,
      "\n\r\t\\",
      "\0\x1f\x7f\x85\xa0\xad",
      "\u0378\u200b\ud800",
      "😀\u{e0001}",
      "__proto__",
    ];
    for (const name of names) {
      const array = new NdArray(new Uint8Array(4), { descr: [[name, "<i4"]] });
      expect(readNpy(writeNpy(array)).descr).toEqual([[name, "<i4"]]);
    }
  });

  it("is of the lowest version that will do", () => {
    const versionOf = (name: string) => writeNpy(new NdArray(new Uint8Array(4), { descr: [[name, "<i4"]] }))[6];
    expect(versionOf("a")).toBe(1);
    expect(versionOf("é")).toBe(1);
    expect(versionOf("中")).toBe(3);
    expect(versionOf("\ud800")).toBe(1);
    expect(versionOf("a".repeat(65_380))).toBe(1);
    expect(versionOf("a".repeat(65_480))).toBe(2);
  });

  it("tells where it is wrong, in bytes", () => {
    expect(refusal(new Uint8Array(0)).offset).toBe(0);
    expect(refusal(withShape("(4,)").subarray(0, 7)).offset).toBe(7);
    expect(refusal(withShape("(4,)", { version: 4 })).offset).toBe(6);
    expect(refusal(withShape("(x,)")).offset).toBe(61);
    expect(refusal(npy("{'中中': x", { version: 3 })).offset).toBe(12 + 11);
    const array = writeNpy(new NdArray(new Uint8Array(4)));
    expect(refusal(array.subarray(0, -1)).offset).toBe(131);
    expect(refusal(Buffer.concat([array, Buffer.from([0])])).offset).toBe(132);
  });
});

describe("a hostile header", () => {
  const MIB = 2 ** 20;
  const start = "{'descr': ";
  it.each([
    ["brackets", "[".repeat(MIB)],
    ["closed brackets", `${start}${"[".repeat(150)}${"]".repeat(150)}`],
    ["braces", "{".repeat(MIB)],
    ["nested dicts", "{'a':".repeat(MIB / 5)],
    ["spaces", " ".repeat(MIB)],
    ["comments", "#\n".repeat(MIB / 2)],
    ["one long number", `${start}${"9".repeat(MIB)}`],
    ["one long word", `${start}${"a".repeat(MIB)}`],
    ["one long string", `${start}'${"a".repeat(MIB)}`],
    ["escapes", `${start}'${"\\x41".repeat(MIB / 4)}`],
    ["adjacent strings", `${start}${"''".repeat(MIB / 2)}`],
    ["tuples", `${start}[${"(),".repeat(MIB / 3)}`],
    ["fields", `${start}[${"('a','<i4'),".repeat(MIB / 12)}], 'fortran_order': False, 'shape': (1,)}`],
    ["axes", `{'descr': '<i4', 'fortran_order': False, 'shape': (${"1,".repeat(MIB / 2)})}`],
    ["signs", `${start}${"-".repeat(MIB)}`],
    ["backslashes", `${start}${"\\\n".repeat(MIB / 2)}`],
    ["keys", `{${Array.from({ length: MIB / 16 }, (_, i) => `'${i}': 1, `).join("")}}`],
    ["keys in UTF-8", `{${Array.from({ length: MIB / 16 }, (_, i) => `'中${i}': 1, `).join("")}}`],
    // What is quadratic takes minutes here, which is more than a test may take.
  ])("of a MiB of %s is refused", (_, header) => {
    expect(refusal(npy(header, { version: 3 })).code).toBe("INVALID_BUFFER");
    expect(refusal(npy(`${header}\0`, { version: 2 })).code).toBe("INVALID_BUFFER");
  });

  it("may announce what it likes", () => {
    const bytes = npy("{}", { version: 2 });
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(8, 0xffffffff, true);
    expect(refusal(bytes)).toEqual({ code: "INVALID_BUFFER", offset: bytes.length });
    for (const shape of ["(1000000000000,)", "(4294967296, 2097151)", "(2147483647,) "]) {
      expect(refusal(withShape(shape)).code).toBe("INVALID_BUFFER");
    }
    expect(refusal(withDescr("'|S2147483647'")).code).toBe("INVALID_BUFFER");
    expect(refusal(withDescr("'|S99999999999999999999'")).code).toBe("INVALID_BUFFER");
  });

  it("over 4 MiB is too large", () => {
    expect(refusal(npy(" ".repeat(2 ** 22 + 1), { version: 2 })).code).toBe("TOO_LARGE");
  });

  it("is not decoded unless it is UTF-8", () => {
    const bytes = withShape("(4,)", { version: 3 });
    bytes[20] = 0xff;
    expect(refusal(bytes)).toEqual({ code: "INVALID_BUFFER", offset: 12 });
  });
});

describe("repr", () => {
  it.each([
    ["a", "'a'"],
    ["it's", `"it's"`],
    [`it's "x"`, `'it\\'s "x"'`],
    ["\\\n\r\t\b\0\x7f", "'\\\\\\n\\r\\t\\x08\\x00\\x7f'"],
    ["é\xa0\xad\u200b\u2028", "'é\\xa0\\xad\\u200b\\u2028'"],
    ["\ud800😀\u{e0001}", "'\\ud800😀\\U000e0001'"],
  ])("of %j is %s", (text, repr) => expect(pythonRepr(text)).toBe(repr));

  it("takes for printable what CPython 3.13 does, whatever the engine's Unicode", () => {
    let printable = 0;
    let doubted = 0;
    for (let codePoint = 0; codePoint < 0x110000; codePoint++) {
      if (!isPrintable(codePoint)) continue;
      printable++;
      // Whatever Unicode has assigned stays assigned.
      if (codePoint !== 0x20 && /[\p{C}\p{Z}]/u.test(String.fromCodePoint(codePoint))) doubted++;
    }
    expect(printable).toBe(149_625);
    expect(doubted).toBe(0);
    // Assigned after Unicode 15.1.
    expect([0x1c89, 0x1fae9, 0x10ec2].map(isPrintable)).toEqual([false, false, false]);
  });
});
