import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { run } from "./support/commands.ts";
import { indexOf, jsonLines, list, sha256, snapshot, writeTree } from "./support/files.ts";
import { system, test, unavailable } from "./support/test.ts";

describe.concurrent("what is no regular file", () => {
  test.for([
    ["seamless-checksum-index", ["--ignore-file", "pipe", "d"]],
    ["seamless fingertip", ["--store=d", "--record=d", "--functions=pipe", sha256("1")]],
    ["seamless store gc", ["--keep", "pipe", "d"]],
  ] as const)("%s %j: a FIFO that nobody writes to is refused, and not waited for", async ([name, args], { dir }) => {
    writeTree(dir, { "d/a": "1" });
    for (const file of ["pipe", "pipe.CHECKSUM"]) expect(system("mkfifo", join(dir, file))).toBe("");
    const { status, out, err } = await run(name, args, { cwd: dir });
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(err).toMatch(/^seamless[-\w ]*: cannot read pipe(?:\.CHECKSUM)?: it is a FIFO, not a regular file\n$/);
  });

  // Nobody may open them, so any attempt would be an error.
  test("FIFOs and sockets are skipped, each with a line, and never opened", async ({
    dir,
    installation,
    onTestFinished,
  }) => {
    writeTree(join(dir, "d"), { a: "1" });
    expect(system("mkfifo", "-m", "0", join(dir, "d/pi\npe"))).toBe("");
    const server = createServer().listen(join(dir, "d/socket"));
    onTestFinished(() => void server.close());
    await new Promise((listening) => server.once("listening", listening));
    chmodSync(join(dir, "d/socket"), 0);
    symlinkSync("pi\npe", join(dir, "d/to-pipe"));
    const options = { cwd: dir, installation, unprivileged: true };
    const { status, out, err } = await run("seamless-checksum-index", ["d"], options);
    expect({ status, out }).toEqual({ status: 0, out: `${sha256(indexOf({ a: "1" }))}\n` });
    expect(err.trimEnd().split("\n").sort()).toEqual([
      "seamless-checksum-index: skipped pi\\npe: it is a FIFO",
      "seamless-checksum-index: skipped socket: it is a socket",
      "seamless-checksum-index: skipped to-pipe: it is a link to a FIFO",
    ]);
    const quiet = await run("seamless-checksum-index", ["--verify", "--quiet", "--json", "d"], options);
    expect(quiet).toMatchObject({ status: 0, err: "" });
    const [{ skipped }] = jsonLines(quiet.out) as [{ skipped: { path: string }[] }];
    expect(skipped).toEqual([
      { path: "pi\npe", kind: "FIFO" },
      { path: "socket", kind: "socket" },
      { path: "to-pipe", kind: "link to a FIFO" },
    ]);
  });

  test("devices too", async ({ dir, installation, skip }) => {
    writeTree(join(dir, "d"), { a: "1" });
    const fault = system("mknod", "-m", "0", join(dir, "d/null"), "c", "1", "3");
    if (fault !== "") unavailable(skip, `a device cannot be made here (${fault})`);
    symlinkSync("/dev/zero", join(dir, "d/zero"));
    const { status, err } = await run("seamless-checksum-index", ["d"], { cwd: dir, installation, unprivileged: true });
    expect(status).toBe(0);
    expect(err.trimEnd().split("\n").sort()).toEqual([
      "seamless-checksum-index: skipped null: it is a device",
      "seamless-checksum-index: skipped zero: it is a link to a device",
    ]);
    expect(readFileSync(join(dir, "d.INDEX"), "utf8")).toBe(indexOf({ a: "1" }));
  });

  test("as operands they are errors, without a wait for somebody to write to them", async ({ dir }) => {
    expect(system("mkfifo", join(dir, "pipe"))).toBe("");
    for (const [name, doing] of [
      ["seamless-checksum", "read pipe: it is a FIFO, not a regular file"],
      ["seamless-checksum-file", "read pipe: it is a FIFO, not a regular file"],
      ["seamless-checksum-index", `index ${dir}/pipe: it is not a directory`],
    ] as const) {
      expect(await run(name, ["pipe"], { cwd: dir })).toEqual({
        status: 1,
        out: "",
        err: `${name}: cannot ${doing}\n`,
      });
    }
    const device = await run("seamless-checksum", ["/dev/zero"]);
    expect(device).toMatchObject({ status: 1, out: "", err: expect.stringContaining("it is a device") });
  });
});

describe.concurrent("links", () => {
  test("to a file count as that file, also from outside; to a directory are not followed, so a loop ends", async ({
    dir,
  }) => {
    writeTree(dir, { "d/a": "1", "d/sub/b": "2", outside: "3", "folder/c": "4" });
    symlinkSync("sub/b", join(dir, "d/inside"));
    symlinkSync("../outside", join(dir, "d/out"));
    symlinkSync("../folder", join(dir, "d/folder"));
    symlinkSync("..", join(dir, "d/sub/parent"));
    symlinkSync(".", join(dir, "d/itself"));
    expect((await run("seamless-checksum-index", ["d"], { cwd: dir })).status).toBe(0);
    const expected = indexOf({ a: "1", inside: "2", out: "3", "sub/b": "2" });
    expect(readFileSync(join(dir, "d.INDEX"), "utf8")).toBe(expected);
  });

  test("that lead nowhere are all named, and nothing is written", async ({ dir }) => {
    writeTree(dir, { "d/a": "1", "d.INDEX": "old" });
    symlinkSync("no\nwhere", join(dir, "d/dangling"));
    symlinkSync("itself", join(dir, "d/itself"));
    symlinkSync("a/under-a-file", join(dir, "d/under"));
    const before = snapshot(dir);
    const { status, out, err } = await run("seamless-checksum-index", ["d"], { cwd: dir });
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(err.split("\n")).toEqual([
      `seamless-checksum-index: ${dir}/d/dangling is a dangling link (to "no\\nwhere")`,
      `seamless-checksum-index: ${dir}/d/itself is a link that leads back to itself (to itself)`,
      `seamless-checksum-index: ${dir}/d/under is a dangling link (to a/under-a-file)`,
      `seamless-checksum-index: cannot index ${dir}/d: 3 files failed`,
      "",
    ]);
    expect(snapshot(dir)).toEqual(before);
  });
});

describe.concurrent("names", () => {
  test("with line breaks, quotes, backslashes and the like are indexed and verified", async ({ dir }) => {
    const files = { "\n": "1", '"': "2", "'": "3", "\\": "4", "\r\t": "5", " ": "6", "-x": "7", "\u{fffd}": "8" };
    writeTree(join(dir, "d"), files);
    expect((await run("seamless-checksum-index", ["d"], { cwd: dir })).status).toBe(0);
    expect(readFileSync(join(dir, "d.INDEX"), "utf8")).toBe(indexOf(files));
    writeTree(join(dir, "d"), { "\n": "changed", "new\\\n": "added" });
    const { out } = await run("seamless-checksum-index", ["--verify", "d"], { cwd: dir });
    expect(out).toBe("added    new\\\\\\n\nchanged  \\n\nd: 1 added, 0 removed, 1 changed\n");
  });

  // File systems of macOS refuse names that are not UTF-8.
  test.runIf(process.platform !== "darwin")(
    "that are not UTF-8 are errors that show them escaped, and nothing is written",
    async ({ dir }) => {
      mkdirSync(join(dir, "d/sub"), { recursive: true });
      const bad = [Buffer.from([0x62, 0xff, 0x2e, 0x74]), Buffer.from([0xc3, 0x0a, 0x5c])];
      for (const name of bad) writeFileSync(Buffer.concat([Buffer.from(join(dir, "d/sub/")), name]), "");
      writeTree(join(dir, "d"), { "\u{fffd}": "a name like any other" });
      const { status, out, err } = await run("seamless-checksum-index", ["d"], { cwd: dir });
      expect({ status, out }).toEqual({ status: 1, out: "" });
      expect(err).toContain(`the name "b\\xff.t" in ${dir}/d/sub is not UTF-8`);
      expect(err).toContain(`the name "\\xc3\\x0a\\x5c" in ${dir}/d/sub is not UTF-8`);
      expect(err).toContain("2 files failed");
      expect(list(dir)).toEqual(["d"]);
    },
  );
});
