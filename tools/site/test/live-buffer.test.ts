import { CELLTYPES, serialize } from "@seamless/celltypes";
import { Checksum } from "@seamless/checksum";
import { expect, test } from "vitest";
import { limitOf, linkTo, showBuffer } from "../../../docs/.vitepress/theme/live-buffer.ts";
import { readFragment } from "../../../packages/playground/src/fragment.ts";
import { SAMPLES } from "../../../packages/playground/src/value/typed.ts";

test("there is a sample of every celltype, and it has a buffer", async () => {
  expect(Object.keys(SAMPLES).sort()).toEqual([...CELLTYPES].sort());
  for (const celltype of CELLTYPES) {
    const { checksum, length, preview } = await showBuffer(SAMPLES[celltype], celltype);
    expect(checksum).toMatch(/^[0-9a-f]{64}$/);
    expect(length).toBeGreaterThan(0);
    expect(preview).not.toBe("");
  }
});

test("what is shown is the buffer of the value", async () => {
  const bytes = serialize({ b: 2, a: [1, 2.5] }, "plain");
  expect(await showBuffer('{"b": 2, "a": [1, 2.5]}', "plain")).toEqual({
    length: bytes.length,
    checksum: Checksum.of(bytes).hex(),
    preview: new TextDecoder().decode(bytes),
  });
});

test("1.0 stays a float, as in Python", async () => {
  expect((await showBuffer("1.0", "plain")).preview).toBe("1.0\n");
});

test("bytes that are no text are shown as hex", async () => {
  const { preview } = await showBuffer("[1, 2]", "binary");
  expect(preview.split("\n")[0]).toBe("0000  93 4e 55 4d 50 59 01 00 76 00 7b 27 64 65 73 63  .NUMPY..v.{'desc");
});

test("what is long is cut off", async () => {
  expect((await showBuffer("x".repeat(10_000), "text")).preview.length).toBeLessThan(2_100);
});

test.each([
  ["{", "plain"],
  ["def", "python"],
  ["a: [", "yaml"],
  ['"a"', "int"],
  ['"a"', "checksum"],
] as const)("a wrong value is an error: %s as %s", async (text, celltype) => {
  await expect(showBuffer(text, celltype)).rejects.toThrow();
});

test.each(["plain", "python"] as const)("what is longer than the box takes is not even read: %s", async (celltype) => {
  const limit = limitOf(celltype);
  await expect(showBuffer(`"${"x".repeat(limit - 2)}"`, celltype)).resolves.toBeDefined();
  await expect(showBuffer("{".repeat(limit + 1), celltype)).rejects.toThrow(`over ${limit / 1000} kB`);
});

test("the link to the playground has the value in it, also a wrong one", async () => {
  const read = await readFragment(await linkTo("[1,", "plain"), ["value"]);
  expect(read).toMatchObject({ shared: { tab: "value", value: { typed: { text: "[1,", celltype: "plain" } } } });
});
