import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { isTemporaryName, temporaryName, temporaryStem, temporaryWriter } from "../src/files.ts";
import { writerMark } from "../src/writers.ts";

const nameBy = (pid: number) => `.a.0123456789ab${writerMark(pid)}.tmp`;

test("the name of a temporary file tells of its writer", () => {
  const name = temporaryName("a.b");
  expect(name).toMatch(/^\.a\.b\.[0-9a-f]{24}\.tmp$/);
  expect(isTemporaryName(name)).toBe(true);
  expect(temporaryStem(name)).toBe("a.b");
  expect(temporaryWriter(name)).toEqual({ self: true, running: true });
});

test("whether it is running, another user's too", () => {
  const { pid } = spawnSync(process.execPath, ["--version"]);
  expect(temporaryWriter(nameBy(pid))).toEqual({ self: false, running: false });
  expect(temporaryWriter(nameBy(process.ppid))).toEqual({ self: false, running: true });
});

test("of another computer, or none, nothing is known", () => {
  const [host, pid] = [writerMark().slice(0, 6), writerMark().slice(6)];
  const other = host === "000000" ? "000001" : "000000";
  for (const mark of ["", `${other}${pid}`, pid]) expect(temporaryWriter(`.a.0123456789ab${mark}.tmp`)).toBeUndefined();
  expect(temporaryWriter("a")).toBeUndefined();
  expect(writerMark(2 ** 24)).toBe("");
});
