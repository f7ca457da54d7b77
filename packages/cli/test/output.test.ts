import { closeSync, existsSync, openSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { COMMANDS, run, shell } from "./support/commands.ts";
import { list, sha256, writeTree } from "./support/files.ts";
import { test, unavailable } from "./support/test.ts";

/** What a shell shows for a process that SIGPIPE ended; here that it stopped early, for want of a reader. */
const UNREAD = 141;

describe.concurrent("a reader that goes away", () => {
  test("`| head -1` gets its line, and the command stops without a word", async ({ dir }) => {
    writeTree(dir, { a: "hello\n" });
    // More lines than a pipe holds, so that some are left unread.
    const line = "seamless-checksum $(printf 'a %.0s' {1..3000}) | head -1; echo $PIPESTATUS";
    expect(await shell(line, dir)).toEqual({ status: 0, out: `${sha256("hello\n")}  a\n${UNREAD}\n`, err: "" });
  });

  test.for(COMMANDS)("%s --help and --version for nobody", async (name) => {
    for (const option of ["--help", "--version"]) {
      expect(await run(name, [option], { stdout: "closed" })).toEqual({ status: 0, out: "", err: "" });
    }
  });

  test("the status still says what was found, if all was done", async ({ dir }) => {
    writeTree(dir, { "d/a": "1", "d.INDEX": "{}\n" });
    const verify = await run("seamless-checksum-index", ["--verify", "d"], { cwd: dir, stdout: "closed" });
    expect(verify).toEqual({ status: 1, out: "", err: "" });
    const index = await run("seamless-checksum-index", ["d"], { cwd: dir, stdout: "closed" });
    expect(index).toEqual({ status: 0, out: "", err: "" });
  });

  test("what was not done is not called well, and nothing is left half done", async ({ dir }) => {
    writeTree(dir, { "d/a": "1", "e/a": "1", "f/a": "1" });
    const { status, err } = await run("seamless-checksum-index", ["d", "e", "f"], { cwd: dir, stdout: "closed" });
    expect({ status, err }).toEqual({ status: UNREAD, err: "" });
    expect(list(dir)).toEqual(["d", "d.CHECKSUM", "d.INDEX", "e", "f"]);
  });

  test("on standard error does not stop the work", async ({ dir }) => {
    writeTree(dir, { a: "hello\n" });
    const { out } = await shell("exec 3>&1; seamless-checksum --progress missing a 2>&1 >&3 | true", dir);
    expect(out).toBe(`${sha256("hello\n")}  a\n`);
  });
});

test("results that are lost on a full disk are an error, in one line", async ({ dir, skip }) => {
  if (!existsSync("/dev/full")) unavailable(skip, "there is no /dev/full");
  writeTree(dir, { a: "1", "d/a": "1", "d.INDEX": "{}\n", list: `${sha256("1")}  a\n` });
  const full = openSync("/dev/full", "w");
  for (const [name, ...args] of [
    ["seamless-checksum", "a"],
    ["seamless-checksum", "a", "a", "a"],
    ["seamless-checksum", "-z", "a"],
    ["seamless-checksum", "-c", "list"],
    ["seamless cat", "a"],
    ["seamless cat", "--json", "a"],
    ["seamless inspect", "a"],
    ["seamless matrix"],
    ["seamless checksum-of", "1"],
    ["seamless-checksum", "--version"],
    ["seamless-checksum-file", "--help"],
    ["seamless-checksum-index", join(dir, "d")],
  ] as const) {
    const { status, err } = await run(name, args, { cwd: dir, stdout: full });
    expect(status).toBe(1);
    expect(err).toMatch(new RegExp(`^${name.split(" ")[0]}: cannot write the results: ENOSPC.*\n$`));
  }
  closeSync(full);
});
