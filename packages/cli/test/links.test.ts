import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { writerMark } from "@seamless/internal/writers";
import { describe, expect } from "vitest";
import { refusal, run } from "./support/commands.ts";
import { indexOf, jsonLines, list, sha256, snapshot, writeTree } from "./support/files.ts";
import { serveWith } from "./support/hashserver.ts";
import { stored } from "./support/stores.ts";
import { system, test, unavailable } from "./support/test.ts";

const FILES = { a: "1", b: "2", twin: "1" };
const WARNING = (kind: string) => `warning: editing a file that is a ${kind} link corrupts the store`;
const bufferOf = (store: string, content: string) => join(store, sha256(content).slice(0, 2), sha256(content));
const isReadOnly = (file: string) => (statSync(file).mode & 0o222) === 0;
const inode = (file: string) => statSync(file).ino;

describe.concurrent("upload --link", () => {
  test("hard: the files are those of the store, read-only, with one warning", async ({ dir }) => {
    writeTree(join(dir, "d"), FILES);
    const { status, out, err } = await run("seamless upload", ["--link", "hard", "--store", "store", "d"], {
      cwd: dir,
    });
    expect({ status, out }).toEqual({ status: 0, out: `${sha256(indexOf(FILES))}\n` });
    expect(err.split(WARNING("hard"))).toHaveLength(2);
    const store = join(dir, "store");
    // The first of equal files is; the other is left alone.
    for (const [name, content] of [
      ["a", "1"],
      ["b", "2"],
    ] as const) {
      expect(inode(join(dir, "d", name))).toBe(inode(bufferOf(store, content)));
      expect(isReadOnly(join(dir, "d", name))).toBe(true);
    }
    expect(isReadOnly(join(dir, "d/twin"))).toBe(false);
    expect((await run("seamless store verify", [store])).status).toBe(0);
    expect((await run("seamless-checksum-index", ["--verify", "d"], { cwd: dir })).status).toBe(0);
    const again = await run("seamless upload", ["--link", "hard", "--store", "store", "d"], { cwd: dir });
    expect(again).toMatchObject({ status: 0, err: expect.stringContaining("put 0 files, 0 B into") });
    // Nothing was linked.
    expect(again.err).not.toContain("warning");
  });

  test("sym: the files move into the store, and links to them stay", async ({ dir }) => {
    writeTree(join(dir, "d"), FILES);
    const store = join(dir, "store");
    for (let round = 0; round < 2; round++) {
      const { status, out, err } = await run("seamless upload", ["--link", "sym", "--store", "store", "d"], {
        cwd: dir,
      });
      expect({ status, out }).toEqual({ status: 0, out: `${sha256(indexOf(FILES))}\n` });
      const alone = ", and the files lie in the store alone: store compress, store gc and store rm take them away\n";
      expect(err.includes(WARNING("symbolic") + alone)).toBe(round === 0);
      expect(err).not.toContain("copied");
      for (const [name, content] of Object.entries(FILES)) {
        expect(readlinkSync(join(dir, "d", name))).toBe(bufferOf(store, content));
        expect(isReadOnly(bufferOf(store, content))).toBe(true);
      }
    }
    expect((await run("seamless store verify", [store])).status).toBe(0);
  });

  test("sym: links that a killed run has left go before the index is made, and no others", async ({ dir }) => {
    writeTree(join(dir, "d"), { ...FILES, "sub/c": "3" });
    writeTree(dir, { single: "4", "store/x": "" });
    const { pid } = spawnSync(process.execPath, ["--version"]);
    const name = (file: string, by = pid) => `.${file}.0123456789ab${writerMark(by)}.tmp`;
    for (const path of [`d/${name("a")}`, `d/sub/${name("c")}`, name("single")]) {
      symlinkSync(join(dir, "store/x"), join(dir, path));
    }
    const own = { [name("b")]: "a file of the user", [name("b", process.pid)]: "5" };
    writeTree(join(dir, "d"), own);
    rmSync(join(dir, "d", name("b", process.pid)));
    symlinkSync(join(dir, "store/x"), join(dir, "d", name("b", process.pid)));
    const upload = (...args: readonly string[]) =>
      run("seamless upload", ["--link=sym", "--store", "store", ...args], { cwd: dir });
    const seen = "are indexed too, but seem to be left by an interrupted download or upload, or still written\n";
    expect((await upload("--quiet", "--dry-run", "d")).err).toContain(`and 3 other files ${seen}`);
    const { status, err } = await upload("d", "single");
    expect(status, err).toBe(0);
    expect(err.split("removed 2 links that an interrupted run has left\n")).toHaveLength(2);
    expect(err.split("removed 1 link that an interrupted run has left\n")).toHaveLength(2);
    expect(err).toContain(`and 1 other file ${seen}`);
    expect(list(join(dir, "d"))).toEqual([...Object.keys(own), "a", "b", "sub", "twin"].sort());
    expect(list(join(dir, "d/sub"))).toEqual(["c"]);
    expect(list(dir)).toEqual(["d", "d.CHECKSUM", "d.INDEX", "single", "single.CHECKSUM", "store"]);
  });

  test("a single file too; never by default", async ({ dir }) => {
    writeTree(dir, { a: "1", b: "2" });
    expect((await run("seamless upload", ["--store", "store", "a"], { cwd: dir })).status).toBe(0);
    expect([inode(join(dir, "a")) === inode(bufferOf(join(dir, "store"), "1")), isReadOnly(join(dir, "a"))]).toEqual([
      false,
      false,
    ]);
    expect((await run("seamless upload", ["--link=sym", "--store", "store", "b"], { cwd: dir })).status).toBe(0);
    expect(readlinkSync(join(dir, "b"))).toBe(bufferOf(join(dir, "store"), "2"));
    expect(readFileSync(join(dir, "b.CHECKSUM"), "utf8")).toBe(`${sha256("2")}\n`);
  });

  test("what cannot be linked is copied, with a note that says why", async ({ dir, disk }) => {
    const store = join(disk, "store");
    writeTree(dir, { "d/a": "1", "d/b": "2", "e/a": "3", elsewhere: "4", "private/a": "5" });
    const far = await run("seamless upload", ["--link", "hard", "--store", store, "d"], { cwd: dir });
    expect(far).toMatchObject({
      status: 0,
      err: expect.stringContaining("copied 2 files, not linked: they are on another file system"),
    });
    expect(isReadOnly(join(dir, "d/a"))).toBe(false);
    symlinkSync("../elsewhere", join(dir, "e/link"));
    const links = await run("seamless upload", ["--link", "hard", "--store", "store", "e"], { cwd: dir });
    expect(links).toMatchObject({
      status: 0,
      err: expect.stringContaining("copied 1 file, not linked: they are links themselves"),
    });
    expect([isReadOnly(join(dir, "elsewhere")), lstatSync(join(dir, "e/link")).isSymbolicLink()]).toEqual([
      false,
      true,
    ]);
    // The store is open to others.
    chmodSync(join(dir, "private/a"), 0o600);
    const closed = await run("seamless upload", ["--link", "hard", "--store", "store", "private"], { cwd: dir });
    expect(closed.err).toContain(
      "copied 1 file, not linked: their permissions keep out those who may read the others there",
    );
    const { url, close } = await serveWith(join(dir, "served"));
    const server = await run("seamless upload", ["--link", "hard", "--store", url, "d"], { cwd: dir });
    await close();
    expect(server).toMatchObject({
      status: 0,
      err: expect.stringMatching(/copied 2 files, not linked: http:.* is not a folder/),
    });
    expect(server.err).not.toContain("warning");
    expect(stored(join(dir, "served"))).toEqual(stored(store));
  });

  test.for(["hard", "sym", "reflink"])(
    "%s: compressed files of which the content counts are copied, with a note",
    async (kind, { dir }) => {
      const packed = { "x.gz": gzipSync("x"), "y.gz": gzipSync("y"), plain: "1" };
      writeTree(join(dir, "d"), packed);
      writeTree(dir, { "z.gz": gzipSync("z") });
      const args = ["--decompress", "--link", kind, "--store", "store"];
      const one = await run("seamless upload", [...args, "z.gz"], { cwd: dir });
      const note = (files: string) => `seamless upload: copied ${files}, not linked: they are compressed\n`;
      expect(one).toMatchObject({ status: 0, out: `${sha256("z")}\n`, err: expect.stringContaining(note("1 file")) });
      expect(one.err).not.toContain("warning");
      const all = await run("seamless upload", [...args, "d"], { cwd: dir });
      const out = `${sha256(indexOf({ plain: "1", x: "x", y: "y" }))}\n`;
      expect(all).toMatchObject({ status: 0, out, err: expect.stringContaining(note("2 files")) });
      expect(existsSync(`${bufferOf(join(dir, "store"), "x")}.gz`)).toBe(true);
      expect(snapshot(join(dir, "d"))["x.gz"]).toBe(packed["x.gz"].toString("latin1"));
    },
  );

  test("a wrong copy in the store is replaced by a copy, with a note", async ({ dir }) => {
    writeTree(join(dir, "d"), { a: "1" });
    const upload = () => run("seamless upload", ["--link=hard", "--store", "store", "d"], { cwd: dir });
    writeTree(dirname(bufferOf(join(dir, "store"), "1")), { [sha256("1")]: "X" });
    const { status, err } = await upload();
    expect(status).toBe(0);
    expect(err).toContain("copied 1 file, not linked: they replace wrong copies\n");
    expect(inode(join(dir, "d/a"))).not.toBe(inode(bufferOf(join(dir, "store"), "1")));
  });

  test("goes with --incremental and --limit-rate", async ({ dir }) => {
    writeTree(join(dir, "d"), FILES);
    const env = { XDG_CACHE_HOME: join(dir, "cache") };
    const args = ["--link", "hard", "--incremental", "--limit-rate", "1MB", "--json", "--store", "store", "d"];
    const upload = () => run("seamless upload", args, { cwd: dir, env });
    const checksum = sha256(indexOf(FILES));
    expect(jsonLines((await upload()).out)).toMatchObject([{ checksum, put: { files: 2 } }]);
    expect(inode(join(dir, "d/b"))).toBe(inode(bufferOf(join(dir, "store"), "2")));
    // Not what is linked: its times are those of the buffers, which each upload makes young.
    expect(jsonLines((await upload()).out)).toMatchObject([{ checksum, put: { files: 0 }, remembered: 1, read: 2 }]);
    const download = ["--link", "hard", "--limit-rate", "1MB", "--store", "store", "-o", "copy", "d.INDEX"];
    expect((await run("seamless download", download, { cwd: dir })).status).toBe(0);
    expect(inode(join(dir, "copy/a"))).toBe(inode(bufferOf(join(dir, "store"), "1")));
  });

  test("files of the store itself stay files", async ({ dir }) => {
    writeTree(dir, { a: "1" });
    const store = join(dir, "store");
    expect((await run("seamless upload", ["--store", "store", "--no-index", "a"], { cwd: dir })).status).toBe(0);
    const buffer = bufferOf(store, "1");
    const self = await run("seamless upload", ["--link=sym", "--no-index", "--store", "store", buffer], { cwd: dir });
    expect(self).toMatchObject({ status: 0, err: expect.stringContaining("they are in the store itself") });
    expect([lstatSync(buffer).isFile(), readFileSync(buffer, "utf8")]).toEqual([true, "1"]);
  });

  test("--quiet, --dry-run and nonsense", async ({ dir }) => {
    writeTree(dir, { "d/a": "1" });
    const dry = await run("seamless upload", ["--link=hard", "--dry-run", "--store=store", "d"], { cwd: dir });
    expect([dry.status, list(dir), isReadOnly(join(dir, "d/a"))]).toEqual([0, ["d"], false]);
    const quiet = await run("seamless upload", ["--link=hard", "--quiet", "--store=store", "d"], { cwd: dir });
    // They are read-only now: that is no note.
    expect(quiet).toMatchObject({ status: 0, err: `seamless upload: ${WARNING("hard")}\n` });
    expect(await run("seamless upload", ["--link=soft", "--store=store", "d"], { cwd: dir })).toEqual(
      refusal("seamless upload", "--link takes reflink, hard or sym"),
    );
    expect(
      await run("seamless download", ["--link=hard", "--compression=gz", "--store=store", "d"], { cwd: dir }),
    ).toEqual(refusal("seamless download", "--link is not for use with --compression: files are linked as they are"));
  });
});

describe.concurrent("download --link", () => {
  async function prepare(dir: string) {
    writeTree(join(dir, "d"), FILES);
    const env = { SEAMLESS_STORE: join(dir, "store") };
    expect((await run("seamless upload", ["--quiet", "d"], { cwd: dir, env })).status).toBe(0);
    rmSync(join(dir, "d"), { recursive: true });
    return { cwd: dir, env };
  }

  test.for(["hard", "sym"] as const)("%s: read-only, and once more right away", async (kind, { dir }) => {
    const options = await prepare(dir);
    const first = await run("seamless download", ["--link", kind, "d"], options);
    expect(first).toMatchObject({ status: 0, out: "d\n", err: expect.stringContaining("wrote 3 files, 3 B") });
    for (const [name, content] of Object.entries(FILES)) {
      const file = join(dir, "d", name);
      expect(lstatSync(file).isSymbolicLink()).toBe(kind === "sym");
      expect([inode(file), readFileSync(file, "utf8"), isReadOnly(file)]).toEqual([
        inode(bufferOf(options.env.SEAMLESS_STORE, content)),
        content,
        true,
      ]);
    }
    const again = await run("seamless download", ["--link", kind, "d"], options);
    expect(again).toMatchObject({ status: 0, err: expect.stringContaining("wrote 0 files, 0 B") });
    // Without it they are right as they are.
    const plain = await run("seamless download", ["d"], options);
    expect(plain).toMatchObject({ status: 0, err: expect.stringContaining("wrote 0 files, 0 B") });
    // Replaced only if that is asked for.
    rmSync(join(dir, "d/a"));
    writeFileSync(join(dir, "d/a"), "mine");
    const refused = await run("seamless download", ["--link", kind, "d"], options);
    expect(refused).toMatchObject({
      status: 1,
      err: expect.stringContaining("d/a exists and differs: --force replaces it"),
    });
    expect((await run("seamless download", ["--link", kind, "--force", "d"], options)).status).toBe(0);
    expect(readFileSync(join(dir, "d/a"), "utf8")).toBe("1");
  });

  test("a corrupt buffer is never linked; what is compressed is copied", async ({ dir }) => {
    const options = await prepare(dir);
    const buffer = bufferOf(options.env.SEAMLESS_STORE, "2");
    chmodSync(buffer, 0o644);
    writeFileSync(buffer, "X");
    for (const kind of ["hard", "sym"]) {
      const { status, err } = await run("seamless download", ["--link", kind, "d"], options);
      expect(status).toBe(1);
      expect(err).toContain("cannot write d/b");
      expect(snapshot(join(dir, "d"))).toEqual({ a: kind === "hard" ? "1" : "", twin: kind === "hard" ? "1" : "" });
      rmSync(join(dir, "d"), { recursive: true });
    }
    const text = "hello\n".repeat(10_000);
    writeTree(join(dir, "e"), { text });
    expect((await run("seamless upload", ["--quiet", "e"], options)).status).toBe(0);
    expect((await run("seamless store compress", ["--coding", "gzip", "store"], options)).status).toBe(1);
    rmSync(join(dir, "e"), { recursive: true });
    const copied = await run("seamless download", ["--link", "hard", "e"], options);
    expect(copied).toMatchObject({
      status: 0,
      err: expect.stringContaining("copied 1 file, not linked: they are compressed in the store"),
    });
    expect(statSync(join(dir, "e/text")).nlink).toBe(1);
  });
});

describe("--link reflink", () => {
  test("shares blocks into the store and out of it; what was made is a file by itself", async ({ dir, skip }) => {
    const image = join(dir, "xfs");
    const disk = join(dir, "disk");
    mkdirSync(disk);
    const fault =
      system("truncate", "-s", "320M", image) ||
      system("mkfs.xfs", "-q", "-m", "reflink=1", image) ||
      system("mount", "-o", "loop", image, disk);
    if (fault !== "") unavailable(skip, `a file system with reflinks cannot be mounted here (${fault})`);
    try {
      const large = "x".repeat(2 ** 20);
      writeTree(join(disk, "d"), { large });
      const args = ["--link", "reflink", "--store", "store"];
      const up = await run("seamless upload", [...args, "d"], { cwd: disk });
      expect(up).toMatchObject({ status: 0, err: expect.not.stringMatching(/copied|warning/) });
      const down = await run("seamless download", [...args, "d", "-o", "copy"], { cwd: disk });
      expect(down).toMatchObject({ status: 0, err: expect.not.stringMatching(/copied|warning/) });
      for (const file of [join(disk, "d/large"), join(disk, "copy/large")]) {
        expect([statSync(file).nlink, isReadOnly(file)]).toEqual([1, false]);
        writeFileSync(file, "changed");
      }
      expect(readFileSync(bufferOf(join(disk, "store"), large), "utf8")).toBe(large);
    } finally {
      system("umount", disk);
    }
  });

  test("where the file system has none, files are copied", async ({ disk }) => {
    writeTree(join(disk, "d"), FILES);
    const { status, err } = await run("seamless upload", ["--link=reflink", "--store=store", "d"], { cwd: disk });
    expect({ status, err }).toEqual({
      status: 0,
      err: expect.stringContaining("copied 2 files, not linked: the file system cannot do that"),
    });
  });
});
