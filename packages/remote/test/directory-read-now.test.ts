import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readNow } from "../src/directory/read-now.ts";
import { tempDir } from "./support/temp.ts";

const SMALL = 65_536;

/** What was read of each. */
function contents(files: readonly string[], moment?: number): (string | undefined)[] {
  const { bytes, lengths } = readNow(files, moment);
  let end = 0;
  const texts = Array.from(lengths, (length) => {
    if (length < 0) return undefined;
    end += length;
    return Buffer.from(bytes.subarray(end - length, end)).toString();
  });
  expect(end).toBe(bytes.byteLength);
  return texts;
}

test("small files are read whole, in their order; what is larger, missing or no file is not", () => {
  const dir = tempDir();
  const at = (name: string) => join(dir, name);
  const largest = "x".repeat(SMALL);
  for (const [name, text] of Object.entries({ a: "a", empty: "", largest, larger: `${largest}x`, b: "b" })) {
    writeFileSync(at(name), text);
  }
  mkdirSync(at("folder"));
  symlinkSync("a", at("link"));
  symlinkSync("nothing", at("broken"));
  const names = ["a", "larger", "empty", "missing", "folder", "link", "broken", "largest", "b"];
  const found = ["a", undefined, "", undefined, undefined, "a", undefined, largest, "b"];
  expect(contents(names.map(at))).toEqual(found);
});

test.runIf(process.platform !== "win32")("a FIFO is not waited for", () => {
  const fifo = join(tempDir(), "fifo");
  expect(spawnSync("mkfifo", [fifo]).status).toBe(0);
  // Nobody writes to it.
  expect(contents([fifo])).toEqual([""]);
});

test("what would be more than a MiB, or takes long, is left", () => {
  const file = join(tempDir(), "file");
  writeFileSync(file, "x".repeat(SMALL));
  const read = contents(Array<string>(20).fill(file)).filter((each) => each !== undefined);
  expect(read.length).toBe(15);
  expect(contents([file, file], -1)).toEqual([undefined, undefined]);
});
