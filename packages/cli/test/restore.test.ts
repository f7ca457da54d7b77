import { resolve } from "node:path";
import { SeamlessError } from "@seamless/checksum";
import { expect, test } from "vitest";
import { messageWithAction } from "../src/transfer/restore.ts";

test.for<[message: string, file: string | undefined, said: string]>([
  ["http://h: gone", undefined, "cannot write d/x: http://h: gone"],
  ["cannot read s/x: permission denied", "s/x", "cannot write d/x: cannot read s/x: permission denied"],
  ["cannot write d/x: no space", "d/x", "cannot write d/x: no space"],
  ["cannot write d/x: no space", undefined, "cannot write d/x: no space"],
  [`cannot write ${resolve("d/x")}: no space`, resolve("d/x"), `cannot write ${resolve("d/x")}: no space`],
  ["cannot write ./d/x: no space", "./d/x", "cannot write ./d/x: no space"],
  ["cannot write s/x: no space", "s/x", "cannot write d/x: cannot write s/x: no space"],
])("what was done to a file is said once: %s", ([message, file, said]) => {
  expect(messageWithAction(new SeamlessError("IO_ERROR", message, { file }), "write", "d/x")).toBe(said);
});
