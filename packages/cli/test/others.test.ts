import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect } from "vitest";
import { commandLine, run } from "./support/commands.ts";
import { indexOf, jsonLines, list, sha256, snapshot, writeTree } from "./support/files.ts";
import { keep } from "./support/stores.ts";
import { inTerminal } from "./support/terminal.ts";
import { system, test } from "./support/test.ts";

const FILES = { a: "1", b: "2" };
const INDEX = indexOf(FILES);

/** A directory with other files than the index has, at any depth. */
async function prepare(dir: string, others: Readonly<Record<string, string>> = { c: "3", "sub/deep/d": "4" }) {
  await keep(join(dir, "store"), INDEX, "1", "2");
  writeTree(dir, { "d.INDEX": INDEX, "d/a": "1", outside: "mine" });
  writeTree(join(dir, "d"), others);
  return { cwd: dir, env: { SEAMLESS_STORE: join(dir, "store") } };
}

describe.concurrent("files that the index does not list", () => {
  test("are named and counted, and the exit status is 1", async ({ dir }) => {
    const options = await prepare(dir);
    const { status, out, err } = await run("seamless download", ["d"], options);
    expect({ status, out }).toEqual({ status: 1, out: "d\n" });
    expect(err.split("\n")).toEqual([
      "seamless download: d/c is not in the index",
      "seamless download: d/sub/deep/d is not in the index",
      "seamless download: d has 2 files that are not in the index, so its checksum differs; --delete removes them",
      `seamless download: d: 2 files, 2 B; wrote 1 file, 1 B from ${dir}/store`,
      "",
    ]);
    const json = await run("seamless download", ["--json", "--quiet", "d"], options);
    expect(jsonLines(json.out)).toEqual([expect.objectContaining({ others: ["c", "sub/deep/d"], deleted: [] })]);
    expect(snapshot(join(dir, "d"))).toMatchObject({ ...FILES, c: "3", "sub/deep/d": "4" });
  });

  test("do not count where only a file was asked for", async ({ dir }) => {
    const options = await prepare(dir);
    writeTree(dir, { "d/b.CHECKSUM": sha256("2") });
    expect((await run("seamless download", ["d/b"], options)).status).toBe(0);
  });

  test("are what an index would list: links to files, and to nothing; no folders, FIFOs and links to folders", async ({
    dir,
  }) => {
    const options = await prepare(dir, {});
    mkdirSync(join(dir, "d/empty"));
    symlinkSync("../outside", join(dir, "d/to-file"));
    symlinkSync("nowhere", join(dir, "d/dangling"));
    symlinkSync("..", join(dir, "d/to-folder"));
    expect(system("mkfifo", join(dir, "d/fifo"))).toBe("");
    const { out } = await run("seamless download", ["--json", "d"], options);
    expect(jsonLines(out)).toEqual([expect.objectContaining({ others: ["dangling", "to-file"] })]);
    const deleted = await run("seamless download", ["--delete", "--yes", "d"], options);
    expect(deleted.status).toBe(0);
    expect(list(join(dir, "d"))).toEqual(["a", "b", "empty", "fifo", "to-folder"]);
    expect(snapshot(dir)["outside"]).toBe("mine");
  });

  // File systems of macOS refuse names that are not UTF-8.
  test.runIf(process.platform !== "darwin")("with names that steer a terminal, or are no text", async ({ dir }) => {
    const evil = "\u001b]0;owned\u0007\n";
    const replacement = indexOf({ "\ufffd": "1" });
    await keep(join(dir, "store"), replacement, "1");
    writeTree(dir, { "d.INDEX": replacement, [`d/${evil}`]: "" });
    writeFileSync(Buffer.concat([Buffer.from(join(dir, "d/")), Buffer.from([0xff])]), "not text");
    const options = { cwd: dir, env: { SEAMLESS_STORE: join(dir, "store") } };
    const { status, err } = await run("seamless download", ["d"], options);
    expect(status).toBe(1);
    expect(err).not.toMatch(/[^\P{Cc}\n]/u);
    expect(err).toContain("d has 2 files that are not in the index");
    expect((await run("seamless download", ["d", "--delete", "--yes"], options)).status).toBe(0);
    expect(snapshot(join(dir, "d"))).toEqual({ "\ufffd": "1" });
    expect(readdirSync(join(dir, "d"), { encoding: "buffer" })).toEqual([Buffer.from("\ufffd")]);
  });
});

describe.concurrent("--delete", () => {
  test("removes them, and only them", async ({ dir }) => {
    const options = await prepare(dir);
    const { status, out, err } = await run("seamless download", ["d", "--delete", "--yes", "--json"], options);
    expect(status).toBe(0);
    expect(jsonLines(out)).toEqual([expect.objectContaining({ others: [], deleted: ["c", "sub/deep/d"] })]);
    expect(err).toContain(`seamless download: d: 2 files, 2 B; wrote 1 file, 1 B from ${dir}/store; deleted 2 files\n`);
    expect(snapshot(join(dir, "d"))).toEqual({ ...FILES, sub: "", "sub/deep": "" });
    expect(await run("seamless-checksum-index", ["--dry-run", "d"], options)).toMatchObject({
      out: `${sha256(INDEX)}\n`,
    });
  });

  test("--dry-run shows what would be written and deleted, and does neither", async ({ dir }) => {
    const options = await prepare(dir);
    const before = snapshot(dir);
    const { status, out, err } = await run("seamless download", ["d", "--delete", "--dry-run"], options);
    expect({ status, out }).toEqual({ status: 0, out: "d\n" });
    expect(err.split("\n")).toEqual([
      "seamless download: d/c is not in the index: would delete it",
      "seamless download: d/sub/deep/d is not in the index: would delete it",
      `seamless download: d: 2 files, 2 B; would write 1 file, 1 B from ${dir}/store; would delete 2 files`,
      "",
    ]);
    const json = await run("seamless download", ["d", "--dry-run", "--json"], options);
    expect(json.status).toBe(1);
    expect(jsonLines(json.out)).toEqual([
      expect.objectContaining({ missing: { files: 1, bytes: 1 }, others: ["c", "sub/deep/d"] }),
    ]);
    const elsewhere = await run("seamless download", ["d", "--dry-run", "-o", "new/e"], options);
    expect(elsewhere).toMatchObject({
      status: 0,
      err: expect.stringContaining(`would write 2 files, 2 B from ${dir}/store\n`),
    });
    expect(snapshot(dir)).toEqual(before);
  });

  test("without a yes: wrong usage where nobody can be asked, and nothing is done", async ({ dir }) => {
    const options = await prepare(dir);
    const before = snapshot(dir);
    const { status, err } = await run("seamless download", ["d", "--delete"], { ...options, input: "yes\n" });
    expect(status).toBe(2);
    expect(err).toContain("--delete asks for confirmation, and there is no terminal: use --yes");
    expect(snapshot(dir)).toEqual(before);
  });

  test.for([
    ["y\n", 0, false],
    ["yes\n", 0, false],
    ["n\n", 1, true],
    ["\n", 1, true],
    ["yeah\n", 1, true],
    ["\x04", 1, true],
    ["\x03", 130, true],
  ] as const)("asks at a terminal: %j", async ([typed, expected, there], { dir }) => {
    await prepare(dir);
    const { status, out } = await inTerminal(
      "seamless download",
      ["d", "--quiet", "--store=store", "--delete"],
      dir,
      typed,
    );
    expect(out).toContain("Delete 2 files of d? [y/N] ");
    expect(status).toBe(expected);
    expect(existsSync(join(dir, "d/c"))).toBe(there);
    expect(existsSync(join(dir, "d/sub/deep/d"))).toBe(there);
  });

  test("nothing is deleted unless all files are right", async ({ dir }) => {
    const options = await prepare(dir, { c: "3", b: "differs" });
    const { status } = await run("seamless download", ["d", "--delete", "--yes"], options);
    expect(status).toBe(1);
    expect(snapshot(join(dir, "d"))).toEqual({ a: "1", b: "differs", c: "3" });
    expect((await run("seamless download", ["d", "--delete", "--yes", "--force"], options)).status).toBe(0);
    expect(snapshot(join(dir, "d"))).toEqual(FILES);
  });

  test("never in a root, a home folder, what has one in it, nor where something is mounted", async ({ dir, disk }) => {
    const options = await prepare(dir);
    await prepare(disk, { c: "3" }).catch(() => undefined);
    symlinkSync(join(dir, "d"), join(dir, "link"));
    mkdirSync(join(dir, "d/user"));
    const home = (HOME: string) => ({ ...options, env: { ...options.env, HOME } });
    for (const [target, asked, why] of [
      ["/", options, "is a root directory"],
      ["/proc", options, "is a mount point"],
      [disk, options, "is a mount point"],
      ["d", home(join(dir, "d")), "is a home folder"],
      ["link", home(join(dir, "d")), "is a home folder"],
      ["d", home(join(dir, "link")), "is a home folder"],
      ["d", home(join(dir, "d/user")), "contains a home folder"],
      ["/root/..", options, "is a root directory"],
    ] as const) {
      for (const flag of ["--yes", "--dry-run"]) {
        const { status, err } = await run("seamless download", ["d", "-o", target, "--delete", flag], asked);
        expect({ status, err }).toEqual({
          status: 2,
          err: expect.stringMatching(new RegExp(`--delete is not allowed in .*: it ${why}\n`)),
        });
      }
    }
    expect(existsSync(join(dir, "d/c"))).toBe(true);
    expect((await run("seamless download", ["d", "--delete", "--yes"], home(join(dir, "other")))).status).toBe(0);
  });

  test("nothing behind a mount, and no file that another download is writing", async ({ dir, disk }) => {
    const [young, old] = [".a.0123456789ab.tmp", ".c.0123456789ab.tmp"];
    const options = await prepare(dir, { c: "3", [young]: "", [`x/${old}`]: "" });
    utimesSync(join(dir, "d/x", old), 1, 1);
    mkdirSync(join(dir, "d/mnt"));
    writeFileSync(join(disk, "precious"), "");
    expect(system("mount", "--bind", disk, join(dir, "d/mnt"))).toBe("");
    const { status, err } = await run("seamless download", ["d", "--delete", "--yes", "--quiet"], options);
    const there = list(join(dir, "d/mnt"));
    expect(system("umount", join(dir, "d/mnt"))).toBe("");
    expect(status).toBe(1);
    expect(err.split("\n")).toEqual([
      `seamless download: d/${young} is not in the index, but is kept: another download may be writing it`,
      "seamless download: d/mnt/precious is not in the index, but is kept: it is on another file system",
      "",
    ]);
    expect(there).toEqual(["precious"]);
    expect(list(join(dir, "d"))).toEqual([young, "a", "b", "mnt", "x"]);
    expect(list(join(dir, "d/x"))).toEqual([]);
  });

  test("what cannot be deleted is reported, and the rest is", async ({ dir, fullInstallation }) => {
    const options = await prepare(dir, { c: "3", "closed/x": "4" });
    chmodSync(join(dir, "d/closed"), 0o555);
    for (const folder of ["d", "store"]) system("chmod", "a+w", join(dir, folder));
    const asNobody = { ...options, installation: fullInstallation, unprivileged: true };
    const { status, err } = await run("seamless download", ["d", "--delete", "--yes", "--quiet"], asNobody);
    chmodSync(join(dir, "d/closed"), 0o755);
    expect({ status, err }).toEqual({
      status: 1,
      err: "seamless download: cannot delete d/closed/x: permission denied\n",
    });
    expect(list(join(dir, "d"))).toEqual(["a", "b", "closed"]);
  });

  test("what has changed while the question was open stays, and a link in place of a folder is not followed", async ({
    dir,
  }) => {
    await prepare(dir, { c: "3", "sub/x": "4", "sub/y": "5", e: "6" });
    writeTree(dir, { "outside-folder/x": "mine", "outside-folder/y": "mine" });
    const line = commandLine("seamless download", ["d", "--quiet", "--store=store", "--delete"]);
    // A pseudo-terminal, and a hostile hand before the answer.
    const script = `import os, pty, sys, time
def read(fd):
    data = os.read(fd, 1024)
    if b"[y/N]" in data:
        open("d/c", "w").write("changed")
        os.rename("d/sub", "moved"); os.symlink("../outside-folder", "d/sub")
        os.write(fd, b"y\\n")
    return data
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:], read)))`;
    const child = spawn("python3", ["-c", script, ...line], { cwd: dir, stdio: ["pipe", "pipe", "inherit"] });
    const out = await text(child.stdout);
    expect(out).toContain("cannot delete d/c: it changed since it was found");
    expect(out).toMatch(/cannot delete d\/sub\/x: /);
    expect(snapshot(join(dir, "outside-folder"))).toEqual({ x: "mine", y: "mine" });
    expect(snapshot(join(dir, "moved"))).toEqual({ x: "4", y: "5" });
    expect(list(join(dir, "d"))).toEqual(["a", "b", "c", "sub"]);
    expect(lstatSync(join(dir, "d/sub")).isSymbolicLink()).toBe(true);
  });
});
