import { NdArray, serialize } from "@seamless/celltypes";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hexRows, parseOffset } from "../src/value/hex-rows.ts";
import { JsonTokens, type Token } from "../src/value/json-tokens.ts";
import { layoutOf, type Part } from "../src/value/layout.ts";

const readerOf = (bytes: Uint8Array) => async (start: number, length: number) => bytes.slice(start, start + length);
const layout = (bytes: Uint8Array, isJson = false) => layoutOf(readerOf(bytes), bytes.length, isJson);

/** Parts stand one after the other, from the first byte to the last. */
function expectWhole(parts: readonly Part[], length: number): void {
  let at = 0;
  for (const { start, end } of parts) {
    expect(start).toBe(at);
    expect(end).toBeGreaterThan(start);
    at = end;
  }
  expect(at).toBe(length);
}

const value = {
  levels: new NdArray(Float32Array.of(1, 2, 3)),
  nested: [new NdArray(Uint8Array.of(7)), { more: new NdArray(Int16Array.of(8, 9)) }],
  unit: "m",
};

test("the parts of an .npy are those that its reader reads", async () => {
  const data = Float64Array.of(1, 2, 3);
  const bytes = serialize(new NdArray(data), "binary");
  const parts = await layout(bytes);
  expectWhole(parts, bytes.length);
  expect(parts.map(({ label }) => label)).toEqual([
    "magic",
    "version",
    "minor version",
    "length of the header",
    "header: type, order and shape",
    "data: the elements",
  ]);
  const { start, end } = parts.at(-1)!;
  expect(new Float64Array(bytes.slice(start, end).buffer)).toEqual(data);
  expect(new TextDecoder().decode(bytes.slice(parts[4]!.start, parts[4]!.end))).toMatch(/^{'descr': '<f8'.*\n$/);
});

test("so are those of an .npy whose header is long", async () => {
  const descr = Array.from({ length: 5_000 }, (_, i) => [`field${i}`, "|u1"] as const);
  const bytes = serialize(new NdArray(new Uint8Array(5_000).fill(3), { descr, shape: [1] }), "binary");
  const parts = await layout(bytes);
  expectWhole(parts, bytes.length);
  expect(parts.at(-1)!.end - parts.at(-1)!.start).toBe(5_000);
});

test("the parts of a mixed buffer are those that its reader reads, each leaf one of them", async () => {
  const bytes = serialize(value, "mixed");
  const parts = await layout(bytes);
  expectWhole(parts, bytes.length);
  const leaves = parts.filter(({ label }) => label.startsWith("leaf"));
  expect(leaves.map(({ label }) => label)).toEqual(["leaf 1 of 3", "leaf 2 of 3", "leaf 3 of 3"]);
  expect(leaves.map(({ start, end }) => [...bytes.slice(start, end)])).toEqual([
    [0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 64, 64],
    [7],
    [8, 0, 9, 0],
  ]);
  for (const { start, end } of parts.filter(({ isJson }) => isJson)) {
    expect(() => JSON.parse(new TextDecoder().decode(bytes.slice(start, end)))).not.toThrow();
  }
});

test("very many leaves are not each a part", async () => {
  const bytes = serialize(
    Array.from({ length: 500 }, () => new NdArray(Uint8Array.of(1))),
    "mixed",
  );
  const parts = await layout(bytes);
  expectWhole(parts, bytes.length);
  expect(parts.length).toBeLessThan(120);
  expect(parts.at(-1)!.label).toBe("more leaves");
});

test("wherever a buffer is cut off or broken, its parts are all of its bytes", async () => {
  const buffers = [serialize(value, "mixed"), serialize(value.levels, "binary")];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...buffers), fc.nat(), fc.nat(), fc.nat(255), async (whole, end, at, byte) => {
      const bytes = whole.slice(0, end % (whole.length + 1));
      if (bytes.length > 0) bytes[at % bytes.length] = byte;
      expectWhole(await layout(bytes), bytes.length);
    }),
  );
});

test("what has no format is bytes, or JSON", async () => {
  expect(await layout(Uint8Array.of(1, 2))).toEqual([{ label: "bytes", start: 0, end: 2, isJson: false }]);
  expect(await layout(Uint8Array.of(0x31), true)).toEqual([{ label: "JSON", start: 0, end: 1, isJson: true }]);
  expect(await layout(new Uint8Array())).toEqual([]);
});

const LETTERS: Readonly<Record<Token, string>> = {
  space: " ",
  punctuation: "p",
  key: "k",
  string: "s",
  number: "n",
  literal: "l",
};

async function tokensOf(text: string, from = 0, to?: number): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const tokens = await new JsonTokens(readerOf(bytes), 0, bytes.length).tokens(from, to ?? bytes.length);
  return tokens.map((token) => LETTERS[token]).join("");
}

test.each([
  ['{"a": [1, -2.5e3, true]}', "pkkkp pnp nnnnnnp llllpp"],
  ['"a\\"b" : null', "kkkkkk p llll"],
  ['["\\\\", "x"]', "pssssp sssp"],
  ["é", "ll"],
  ['"open', "sssss"],
])("the tokens of %s", async (text, tokens) => {
  expect(await tokensOf(text)).toBe(tokens);
});

test("tokens are the same wherever one begins to read", async () => {
  await fc.assert(
    fc.asyncProperty(fc.json(), fc.nat(), fc.nat(), async (text, a, b) => {
      const whole = await tokensOf(text);
      const [from, to] = [a % (whole.length + 1), b % (whole.length + 1)].sort((x, y) => x - y) as [number, number];
      expect(await tokensOf(text, from, to)).toBe(whole.slice(from, to));
    }),
  );
});

test("tokens far into a long text are known, and little of it is read twice", async () => {
  const item = '{"key": "a \\" string"}, ';
  const text = `[${item.repeat(200_000)}1]`;
  const bytes = new TextEncoder().encode(text);
  let read = 0;
  const tokens = new JsonTokens(
    async (start, length) => {
      read += length;
      return bytes.slice(start, start + length);
    },
    0,
    bytes.length,
  );
  const at = 1 + item.length * 199_990;
  const first = await tokens.tokens(at, at + item.length);
  expect(first.map((token) => LETTERS[token]).join("")).toBe("pkkkkkp ssssssssssssspp ");
  const before = read;
  await tokens.tokens(at, at + item.length);
  expect(read - before).toBeLessThan(2 ** 20 + 1_000);
});

test("rows are cut where another part begins, and say which one", () => {
  const parts = [
    { label: "one", start: 0, end: 3, isJson: false },
    { label: "two", start: 3, end: 6, isJson: false },
  ];
  const tokens = [undefined, undefined, undefined, "key", "key", "space"] as const;
  expect(hexRows(Uint8Array.of(0x41, 0, 0x42, 0x43, 0x44, 0x20), 0, 4, parts, tokens)).toEqual([
    {
      offset: 0,
      runs: [
        { part: 0, token: undefined, hex: "41 00 42", text: "A.B" },
        { part: 1, token: "key", hex: "43", text: "C" },
      ],
      labels: ["one", "two"],
    },
    {
      offset: 4,
      runs: [
        { part: 1, token: "key", hex: "44", text: "D" },
        { part: 1, token: "space", hex: "20", text: " " },
      ],
      labels: [],
    },
  ]);
  expect(hexRows(Uint8Array.of(1), 4, 4, parts, [])[0]).toMatchObject({ offset: 4, labels: [] });
});

test.each([
  ["64", 64],
  ["0x40", 64],
  [" 0XfF ", 255],
  ["", undefined],
  ["-1", undefined],
  ["1e9", undefined],
  ["99999999999999999999", undefined],
])("the offset %j", (text, offset) => {
  expect(parseOffset(text)).toBe(offset);
});
