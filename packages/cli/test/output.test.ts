import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, createReadStream, existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, vi } from "vitest";
import { COMMANDS, type CommandName, run, shell, start } from "./support/commands.ts";
import { list, sha256, writeTree } from "./support/files.ts";
import { recordSum } from "./support/record.ts";
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

describe("a pipe that is full", () => {
  /** Start a command that prints more than a pipe holds, and wait until it is full. */
  async function fill(dir: string) {
    writeTree(dir, { a: "x".repeat(300_000) });
    const fifo = join(dir, "pipe");
    execFileSync("mkfifo", [fifo]);
    // Held open for both, so that neither end waits for the other.
    const held = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
    const end = openSync(fifo, constants.O_WRONLY);
    const child = start("seamless cat", ["a"], { cwd: dir, stdout: end });
    closeSync(end);
    const written = () => Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${child.pid}/io`, "utf8"))?.[1]);
    await vi.waitFor(() => expect(written()).toBeGreaterThanOrEqual(65_536), { interval: 5, timeout: 20_000 });
    return { fifo, held, child, closed: once(child, "close") };
  }

  test("is waited for: all of it arrives", async ({ dir, skip }) => {
    if (!existsSync("/proc/self/io")) unavailable(skip, "there is no /proc/self/io");
    const { fifo, held, closed } = await fill(dir);
    const reader = createReadStream(fifo);
    await once(reader, "open");
    closeSync(held);
    expect(await text(reader)).toBe("x".repeat(300_000));
    expect((await closed)[0]).toBe(0);
  });

  test("does not keep a signal from ending the command", async ({ dir, skip }) => {
    if (!existsSync("/proc/self/io")) unavailable(skip, "there is no /proc/self/io");
    const { held, child, closed } = await fill(dir);
    child.kill("SIGTERM");
    const [status, signal] = await closed;
    expect(status ?? signal).toBeOneOf([143, "SIGTERM"]);
    closeSync(held);
  });
});

/** A command line of each command that prints a result, in a folder that `prepare` has made. */
const PRINTING: Readonly<Record<Exclude<CommandName, "seamless serve">, readonly string[]>> = {
  seamless: ["--help"],
  "seamless-checksum": ["a", "a"],
  "seamless-checksum-file": ["--json", "a"],
  "seamless-checksum-index": ["d"],
  "seamless checksum": ["--tag", "a"],
  "seamless checksum-file": ["--help"],
  "seamless index": ["--json", "d"],
  "seamless put": ["a"],
  "seamless get": ["a"],
  "seamless has": ["a"],
  "seamless upload": ["d"],
  "seamless download": ["d", "-o", "copy"],
  "seamless ls": ["--tree", "d"],
  "seamless diff": ["d.INDEX", "e"],
  "seamless cat": ["--json", "a"],
  "seamless inspect": ["a"],
  "seamless convert": ["a", "--from", "text", "--to", "bytes", "-o", "-"],
  "seamless matrix": [],
  "seamless checksum-of": ["1"],
  "seamless resolve": ["a"],
  "seamless fingertip": [sha256("5\n"), "--record=record", "--functions=functions.mjs"],
  "seamless config": [],
  "seamless completion": ["bash"],
  "seamless store": ["--help"],
  "seamless store verify": ["store"],
  "seamless store ls": ["store"],
  "seamless store du": ["store"],
  "seamless store rm": ["store", "a"],
  "seamless store copy": ["store", "other", "a"],
  "seamless store sync": ["store", "other"],
  "seamless store gc": ["store", "--keep", "d.INDEX"],
  "seamless store compress": ["store"],
  "seamless store decompress": ["store"],
};
const LINES = Object.entries(PRINTING) as [CommandName, readonly string[]][];

/** Files and a store that has them. */
async function prepare(dir: string) {
  await recordSum(dir);
  const add = "setInterval(() => {}, 1000); export const add = ({ a, b }) => a + b;\n";
  writeTree(dir, { a: "1", "d/a": "1", "e/b": "1", "functions.mjs": add });
  const env = { SEAMLESS_STORE: join(dir, "store") };
  expect((await run("seamless upload", ["--quiet", "a", "d"], { cwd: dir, env })).status).toBe(0);
  return { cwd: dir, env };
}

describe.concurrent("results that nobody takes", () => {
  test("are those of all commands but one that runs on", () => {
    expect(COMMANDS.filter((name) => !Object.hasOwn(PRINTING, name))).toEqual(["seamless serve"]);
  });

  test.for(LINES)("%s %j to a full disk: an error, in one line", async ([name, args], { dir, skip }) => {
    if (!existsSync("/dev/full")) unavailable(skip, "there is no /dev/full");
    const options = await prepare(dir);
    const full = openSync("/dev/full", "w");
    const { status, err } = await run(name, ["--quiet", ...args], { ...options, stdout: full });
    closeSync(full);
    expect(status).toBe(name === "seamless diff" ? 2 : 1);
    const lines = err.split("\n").filter((line) => line.includes("cannot write the results: ENOSPC"));
    expect(lines, err).toHaveLength(1);
    expect(err).not.toMatch(/^ +at /m);
  });

  test.for(LINES)("%s %j to a pipe that is closed: not a word", async ([name, args], { dir }) => {
    const options = await prepare(dir);
    const { status, err } = await run(name, ["--quiet", ...args], { ...options, stdout: "closed" });
    // What was found, or that it stopped early.
    expect([name === "seamless diff" ? 1 : 0, UNREAD]).toContain(status);
    expect(err.replace(`seamless convert: ${sha256("1")}\n`, "")).toBe("");
  });
});

test("other forms of results that are lost on a full disk", async ({ dir, skip }) => {
  if (!existsSync("/dev/full")) unavailable(skip, "there is no /dev/full");
  writeTree(dir, { a: "1", "d/a": "1", list: `${sha256("1")}  a\n` });
  const full = openSync("/dev/full", "w");
  for (const [name, ...args] of [
    ["seamless-checksum", "a"],
    ["seamless-checksum", "-z", "a"],
    ["seamless-checksum", "-c", "list"],
    ["seamless cat", "a"],
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
