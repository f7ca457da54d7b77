import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { runCommandLine } from "../src/commands.ts";

let printed: { stdout: string; stderr: string };

beforeEach(() => {
  printed = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      printed[name] += text;
      return true;
    });
  }
});

afterEach(() => vi.restoreAllMocks());

test.each(["release", "pack", "changes", "unpublished"])("%s --help is no mistake", async (command) => {
  expect(await runCommandLine([command, "--help"])).toBe(0);
  expect(printed).toEqual({ stdout: expect.stringContaining("pnpm release:pack [DIR]"), stderr: "" });
});

test.each([
  [["release", "--dry"]],
  [["release", "store"]],
  [["pack", "--out"]],
  [["pack", "a", "b"]],
  [["changes", "store"]],
  [["unpublished", "store"]],
  [["publish"]],
  [[]],
])("%j is not understood, and nothing is done", async (args) => {
  expect(await runCommandLine(args)).toBe(2);
  expect(printed).toEqual({ stdout: "", stderr: expect.stringContaining("usage: pnpm release [--dry-run]") });
});
