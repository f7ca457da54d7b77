import { chmodSync, linkSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { run } from "./support/commands.ts";
import { indexOf, jsonLines, list, sha256, snapshot, writeTree } from "./support/files.ts";
import { keep } from "./support/stores.ts";
import { system, test } from "./support/test.ts";

const FILES = { "a.txt": "hello\n", "b.txt": "more\n", "same.txt": "hello\n" };
const INDEX = indexOf(FILES);
const CHECKSUM = sha256(INDEX);

/** A store that has the files, and the index and its checksum beside a directory that is not there. */
async function prepare(dir: string) {
  await keep(join(dir, "store"), ...Object.values(FILES), INDEX);
  writeTree(dir, { "d.INDEX": INDEX, "d.CHECKSUM": `${CHECKSUM}\n` });
  return { cwd: dir, env: { SEAMLESS_STORE: join(dir, "store") } };
}

describe.concurrent("seamless download", () => {
  test.for([["d.INDEX"], ["d.CHECKSUM"], [CHECKSUM, "-o", "d"]])("%j makes the directory", async (args, { dir }) => {
    const options = await prepare(dir);
    expect(await run("seamless download", args, options)).toEqual({
      status: 0,
      out: "d\n",
      err: `seamless download: d: 3 files, 17 B; wrote 3 files, 17 B from ${dir}/store\n`,
    });
    expect(snapshot(join(dir, "d"))).toEqual(FILES);
    expect(list(dir)).toEqual(["d", "d.CHECKSUM", "d.INDEX", "store"]);
  });

  test("--output says where, made with the folders it lies in; a link there is followed", async ({ dir }) => {
    const options = await prepare(dir);
    expect((await run("seamless download", ["d.INDEX", "--output", "x/y/z"], options)).out).toBe("x/y/z\n");
    expect(snapshot(join(dir, "x/y/z"))).toEqual(FILES);
    writeTree(join(dir, "real"), {});
    symlinkSync("real", join(dir, "link"));
    expect((await run("seamless download", ["d.INDEX", "-o", "link"], options)).status).toBe(0);
    expect(snapshot(join(dir, "real"))).toEqual(FILES);
    const file = await run("seamless download", ["d.INDEX", "-o", "d.CHECKSUM"], options);
    expect(file).toMatchObject({
      status: 1,
      err: "seamless download: cannot make d.CHECKSUM: it exists, and is not a directory\n",
    });
  });

  test("a folder that cannot be made is an error, in /proc too, where making it never ends for some", async ({
    dir,
  }) => {
    const options = await prepare(dir);
    for (const output of ["/proc/x", "/proc/x/y", "d.INDEX/x"]) {
      const { status, out, err } = await run("seamless download", ["d.INDEX", "-o", output], options);
      expect({ status, out }).toEqual({ status: 1, out: "" });
      expect(err).toMatch(/^seamless download: cannot make \/[^\n]*: .*\n$/);
    }
  });

  test("deep paths, and names of any kind, come back as they were", async ({ dir }) => {
    const names = [
      "1/2/3/x",
      "1/2/y",
      "new\nline",
      "-x",
      ".hidden/.x",
      "ü😀",
      'quo"te',
      "back\\slash",
      ".a.0123456789ab.tmp",
      "a",
    ];
    writeTree(join(dir, "d"), Object.fromEntries(names.map((name, i) => [name, `content ${i}`])));
    const before = snapshot(join(dir, "d"));
    const options = { cwd: dir, env: { SEAMLESS_STORE: join(dir, "store") } };
    expect((await run("seamless upload", ["d"], options)).status).toBe(0);
    rmSync(join(dir, "d"), { recursive: true });
    for (const _ of [1, 2]) {
      expect((await run("seamless download", ["d.INDEX"], options)).status).toBe(0);
      expect(snapshot(join(dir, "d"))).toEqual(before);
    }
    expect((await run("seamless-checksum-index", ["--verify", "d"], options)).status).toBe(0);
  });

  test("keeps what is there and right, and does not touch it", async ({ dir }) => {
    const options = await prepare(dir);
    writeTree(join(dir, "d"), { "a.txt": "hello\n", "mine.txt": "mine" });
    const before = statSync(join(dir, "d/a.txt"));
    const { out } = await run("seamless download", ["--json", "d.INDEX"], options);
    expect(jsonLines(out)).toEqual([
      {
        path: "d.INDEX",
        checksum: CHECKSUM,
        target: "d",
        store: join(dir, "store"),
        files: 3,
        bytes: 17,
        written: { files: 2, bytes: 11 },
        others: ["mine.txt"],
        deleted: [],
      },
    ]);
    expect(statSync(join(dir, "d/a.txt"))).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs });
    expect(snapshot(join(dir, "d"))).toEqual({ ...FILES, "mine.txt": "mine" });
  });

  test("does not replace a file that differs without --force; all others are done", async ({ dir }) => {
    const options = await prepare(dir);
    // One of another size, one of the same.
    writeTree(join(dir, "d"), { "a.txt": "mine", "b.txt": "MORE\n" });
    chmodSync(join(dir, "d/a.txt"), 0o600);
    linkSync(join(dir, "d/a.txt"), join(dir, "elsewhere"));
    const refused = await run("seamless download", ["d.INDEX", "--parallel", "1"], options);
    expect(refused).toEqual({
      status: 1,
      out: "",
      err: [
        "seamless download: d/a.txt exists and differs: --force replaces it",
        "seamless download: d/b.txt exists and differs: --force replaces it",
        "seamless download: d is not complete: 2 of 3 files failed",
        "",
      ].join("\n"),
    });
    expect(snapshot(join(dir, "d"))).toEqual({ "a.txt": "mine", "b.txt": "MORE\n", "same.txt": "hello\n" });
    expect((await run("seamless download", ["d.INDEX", "--force"], options)).status).toBe(0);
    expect(snapshot(join(dir, "d"))).toEqual(FILES);
    expect(statSync(join(dir, "d/a.txt")).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(dir, "elsewhere"), "utf8")).toBe("mine");
  });

  test("names what the store does not have; the others are written", async ({ dir }) => {
    await keep(join(dir, "store"), "hello\n");
    writeTree(dir, { "d.INDEX": INDEX });
    const options = { cwd: dir, env: { SEAMLESS_STORE: join(dir, "store") } };
    const missing = sha256("more\n");
    const { status, out, err } = await run("seamless download", ["--json", "d.INDEX"], options);
    expect(status).toBe(1);
    expect(err).toContain(`seamless download: cannot write d/b.txt: ${dir}/store does not have ${missing}\n`);
    expect(jsonLines(out)).toEqual([
      { path: "b.txt", error: expect.objectContaining({ code: "CACHE_MISS", checksum: missing, file: "d/b.txt" }) },
      { error: expect.objectContaining({ code: "INDEX_FAILED" }) },
    ]);
    expect(snapshot(join(dir, "d"))).toEqual({ "a.txt": "hello\n", "same.txt": "hello\n" });
    // One that is there already need not be in the store.
    writeTree(dir, { "d/b.txt": "more\n" });
    expect((await run("seamless download", ["d.INDEX"], options)).status).toBe(0);
    const index = await run("seamless download", [CHECKSUM, "-o", "e"], options);
    expect(index).toEqual({
      status: 1,
      out: "",
      err: `seamless download: ${dir}/store does not have ${CHECKSUM}\n`,
    });
    expect(list(dir)).not.toContain("e");
  });

  test("wrong bytes in the store are an error; nothing is written of them", async ({ dir }) => {
    const options = await prepare(dir);
    const hex = sha256("more\n");
    writeFileSync(join(dir, "store", hex.slice(0, 2), hex), "MORE\n");
    const { status, err } = await run("seamless download", ["d.INDEX"], options);
    expect(status).toBe(1);
    expect(err).toContain(
      `seamless download: cannot write d/b.txt: ${dir}/store: the bytes of ${hex} have the checksum`,
    );
    expect(snapshot(join(dir, "d"))).toEqual({ "a.txt": "hello\n", "same.txt": "hello\n" });
  });

  test("progress in bytes", async ({ dir }) => {
    const options = await prepare(dir);
    const { err } = await run("seamless download", ["--progress", "d.INDEX"], options);
    expect(err).toMatch(/\n3 of 3 files, 17 B of 17 B, 100 %, .*\/s, \d+:\d\d\n/);
  });

  test("what makes no sense", async ({ dir }) => {
    const options = await prepare(dir);
    const refused = async (args: readonly string[], reason: string) => {
      const { status, err } = await run("seamless download", args, options);
      expect(status).toBe(2);
      expect(err).toContain(reason);
    };
    await refused([CHECKSUM], `--output DIR is required: '${CHECKSUM}' does not name a directory`);
    await refused([".INDEX"], "--output DIR is required: '.INDEX' does not name a directory");
    await refused(["e"], "'e' is not a checksum");
    await refused(["d", "d.INDEX", "-o", "x"], "--output is for a single operand");
    const missing = await run("seamless download", ["no.INDEX"], options);
    expect(missing).toMatchObject({
      status: 1,
      err: "seamless download: cannot read no.INDEX: no such file or directory\n",
    });
    // A buffer that is none.
    const other = await run("seamless download", [sha256("hello\n"), "-o", "x"], options);
    expect(other.status).toBe(1);
    expect(other.err).toContain(
      `${sha256("hello\n")} is not the checksum of an index (at byte 0: expected "{"): to fetch a file, use 'seamless get'`,
    );
    expect(list(dir)).not.toContain("x");
  });

  test("what is no index says so, and what gets a file, however large it is", async ({ dir }) => {
    const options = await prepare(dir);
    const [large, dict] = await keep(join(dir, "store"), "x".repeat(3_000_000), '{"a": 1}');
    for (const [hex, fault] of [
      [large, 'at byte 0: expected "{"'],
      [dict, "at byte 6: expected a string"],
    ] as const) {
      const { status, out, err } = await run("seamless download", [hex!, "-o", "x"], options);
      expect({ status, out }).toEqual({ status: 1, out: "" });
      expect(err).toContain(`${hex} is not the checksum of an index (${fault}`);
      expect(err).toContain("to fetch a file, use 'seamless get'");
    }
    writeTree(dir, { "w.INDEX": `# mine\n${sha256("hello\n")}\n` });
    for (const [command, args] of [
      ["seamless download", ["w.INDEX"]],
      ["seamless download", ["w", "-o", "x"]],
      ["seamless get", ["w.INDEX"]],
      ["seamless has", ["w"]],
    ] as const) {
      const { status, out, err } = await run(command, args, options);
      const what = "w.INDEX is not an index: it holds a bare checksum, which belongs in a .CHECKSUM file";
      const said = `${command}: ${what}; to fetch a file, use 'seamless get'\n`;
      expect({ status, out, err }).toEqual({ status: 1, out: "", err: said });
    }
    expect([list(dir).includes("x"), list(dir).includes("w")]).toEqual([false, false]);
  });

  test("--delete of a file, or of a part of a directory, is wrong usage, and nothing is done", async ({ dir }) => {
    const options = await prepare(dir);
    writeTree(dir, { "f.CHECKSUM": `${sha256("hello\n")}\n` });
    const before = list(dir);
    for (const [args, reason] of [
      [["d.INDEX", "a.txt", "--delete", "--yes"], "--delete is for whole directories, not for a part of one"],
      [["d.INDEX", "--include", "*", "--delete", "-y"], "--delete is for whole directories, not for a part of one"],
      [["f.CHECKSUM", "--delete", "--yes"], "--delete is for directories, but f.CHECKSUM is the checksum of a file"],
      [["d.INDEX", "f", "--delete", "--dry-run"], "--delete is for directories, but f is the checksum of a file"],
    ] as const) {
      const err = `seamless download: ${reason}\nTry 'seamless download --help'.\n`;
      expect(await run("seamless download", args, options)).toEqual({ status: 2, out: "", err });
    }
    expect(list(dir)).toEqual(before);
    expect((await run("seamless download", ["f"], options)).status).toBe(0);
  });

  test("without permission, and on a full disk: errors that name the file; the others are done", async ({
    dir,
    disk,
    fullInstallation,
  }) => {
    const options = { ...(await prepare(dir)), installation: fullInstallation, unprivileged: true };
    const files = { "closed/x": "hello\n", "open/x": "hello\n" };
    writeTree(dir, { "p.INDEX": indexOf(files), "p/closed/mine": "", "p/open/mine": "" });
    chmodSync(join(dir, "p/closed"), 0o555);
    chmodSync(join(dir, "p/open"), 0o777);
    const closed = await run("seamless download", ["p.INDEX"], options);
    expect(closed.status).toBe(1);
    expect(closed.err).toContain("seamless download: cannot write p/closed/x: permission denied\n");
    expect(readFileSync(join(dir, "p/open/x"), "utf8")).toBe("hello\n");

    const large = "x".repeat(100_000);
    await keep(join(dir, "store"), large);
    writeTree(dir, { "l.INDEX": indexOf({ large, small: "hello\n" }) });
    const args = ["l.INDEX", "--parallel", "1", "-o", join(disk, "l")];
    const full = await run("seamless download", args, { ...options, unprivileged: false });
    expect(full.status).toBe(1);
    expect(full.err).toContain(`seamless download: cannot write ${disk}/l/large: no space left on the device\n`);
    expect(list(join(disk, "l"))).toEqual(["small"]);
    expect(system("mount", "-o", "remount,size=400k", disk)).toBe("");
    const again = await run("seamless download", args, { ...options, unprivileged: false });
    expect(again).toMatchObject({ status: 0, err: expect.stringContaining("; wrote 1 file, 100 kB") });
  });
});
