import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { fetchCommand, MissingToolError } from "../src/fetch-command.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "seamless-fetch-"));
  vi.stubEnv("PATH", `${directory}${delimiter}${process.env["PATH"]}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true });
});

/** Ask for a tool with this program in place of npx. */
function fetchWith(program: string, signal = new AbortController().signal): Promise<unknown> {
  writeFileSync(join(directory, "npx"), `#!/bin/sh\n${program}\n`, { mode: 0o755 });
  return fetchCommand({ directory, signal }, "tool@1", "tool").catch((error: unknown) => error);
}

test("tells where the command is, without the end of its line", async () => {
  expect(await fetchWith('printf "%s\\n" "$*"')).toBe("--yes --package=tool@1 --call command -v tool");
});

test("what npm has not is missing, and npm's own words say why", async () => {
  const error = await fetchWith('printf "npm error code E404\\nnpm error 404 no such thing\\n" >&2; exit 1');
  expect(error).toBeInstanceOf(MissingToolError);
  expect((error as Error).message).toMatch(/^npm cannot get tool@1 here: .*E404/s);
});

test("what fails otherwise is not missing", async () => {
  const error = await fetchWith("echo broken >&2; exit 127");
  expect(error).not.toBeInstanceOf(MissingToolError);
  expect((error as Error).message).toContain("broken");
});

test("what took too long is not missing", async () => {
  const controller = new AbortController();
  controller.abort(new Error("late"));
  expect(await fetchWith('echo "npm error code ETIMEDOUT" >&2; exit 1', controller.signal)).toEqual(new Error("late"));
});
