import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { handleSource } from "../src/transfer/put.ts";
import { test } from "./support/test.ts";

/** A handle as Yarn's Plug'n'Play has it: it takes bytes that are no `Buffer` for a dict of options. */
function strict(handle: FileHandle): FileHandle {
  const read = (into: Uint8Array, ...rest: [number, number, number]) => {
    if (!Buffer.isBuffer(into)) throw new TypeError("the options have no buffer");
    return handle.read(into, ...rest);
  };
  return { read, stat: () => handle.stat() } as unknown as FileHandle;
}

test("a file is read by a handle that only takes a Buffer", async ({ dir }) => {
  const content = randomBytes(600_000);
  writeFileSync(join(dir, "x"), content);
  const handle = await open(join(dir, "x"));
  const pieces: Buffer[] = [];
  for await (const piece of handleSource(strict(handle), "x", await handle.stat()).chunks()) {
    pieces.push(Buffer.from(piece));
  }
  expect(pieces.length).toBeGreaterThan(2);
  expect(Buffer.concat(pieces).equals(content)).toBe(true);
  await handle.close();
});
