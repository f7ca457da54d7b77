import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { refusal, run } from "./support/commands.ts";
import { indexOf, jsonLines, sha256, writeTree } from "./support/files.ts";
import { test } from "./support/test.ts";

const FILES = { a: "1", b: "22", c: "333" };

/** Until what lies in a folder has been at rest for longer than the tick of any clock. */
async function settle(folder: string): Promise<void> {
  const times = readdirSync(folder, { recursive: true }).map((path) => lstatSync(join(folder, String(path))).ctimeMs);
  while (Date.now() - Math.max(...times) < 150) await new Promise((resolve) => setImmediate(resolve));
}

const cacheOf = (dir: string) => ({ XDG_CACHE_HOME: join(dir, "cache") });
const memoriesOf = (dir: string) => readdirSync(join(dir, "cache/seamless/checksums"));

describe.concurrent("--incremental", () => {
  test("reads nothing again that has not changed, in all three commands", async ({ dir }) => {
    writeTree(join(dir, "d"), FILES);
    await settle(dir);
    const env = { ...cacheOf(dir), SEAMLESS_STORE: "store" };
    const index = (...args: string[]) =>
      run("seamless-checksum-index", ["--incremental", "--json", ...args, "d"], { cwd: dir, env });
    const found = ({ out }: { out: string }) => jsonLines(out)[0] as Record<string, unknown>;
    expect(found(await index())).toMatchObject({ files: 3, bytes: 6, remembered: 0, read: 3, written: true });
    expect(readFileSync(join(dir, "d.INDEX"), "utf8")).toBe(indexOf(FILES));
    expect(found(await index())).toMatchObject({ files: 3, bytes: 6, remembered: 3, read: 0 });
    expect(found(await index("--verify"))).toMatchObject({ ok: true, remembered: 3, read: 0 });
    const upload = await run("seamless upload", ["--incremental", "--json", "d"], { cwd: dir, env });
    expect(found(upload)).toMatchObject({ remembered: 3, read: 0, put: { files: 3 } });
    expect(memoriesOf(dir)).toHaveLength(1);
    writeFileSync(join(dir, "d/b"), "23");
    utimesSync(join(dir, "d/b"), 1e9, 1e9);
    const verified = await run("seamless-checksum-index", ["--incremental", "--verify", "d"], { cwd: dir, env });
    expect(verified).toMatchObject({ status: 1, out: "changed  b\nd: 0 added, 0 removed, 1 changed\n" });
  });

  test("is also a variable of the environment, which is 1 or 0", async ({ dir }) => {
    writeTree(join(dir, "d"), FILES);
    const index = (value: string) =>
      run("seamless-checksum-index", ["--json", "d"], {
        cwd: dir,
        env: { ...cacheOf(dir), SEAMLESS_INCREMENTAL: value },
      });
    expect((await index("1")).out).toContain('"read":3');
    for (const value of ["0", ""]) expect((await index(value)).out).not.toContain("read");
    const { status, err } = await index("yes");
    expect({ status, err }).toEqual({
      status: 2,
      err: refusal("seamless-checksum-index", "SEAMLESS_INCREMENTAL is 1 or 0, not 'yes'").err,
    });
  });

  test("has a memory for each directory, under whatever name it is given", async ({ dir }) => {
    writeTree(dir, { "d/a": "1", "e/a": "1" });
    const options = { cwd: join(dir, "d"), env: cacheOf(dir) };
    for (const operands of [["."], [join(dir, "d")], ["../d/"], ["../e"]]) {
      expect(await run("seamless-checksum-index", ["--incremental", ...operands], options)).toMatchObject({
        status: 0,
      });
    }
    expect(memoriesOf(dir)).toHaveLength(2);
  });

  test("--rehash reads all, and says what was remembered wrong", async ({ dir }) => {
    writeTree(join(dir, "d"), { "a\nb": "1" });
    await settle(dir);
    const index = (...args: string[]) =>
      run("seamless-checksum-index", [...args, "d"], { cwd: dir, env: cacheOf(dir) });
    await index("--incremental");
    const right = { status: 0, out: `${sha256(readFileSync(join(dir, "d.INDEX")))}\n` };
    expect(await index("--rehash")).toEqual({
      ...right,
      err: "seamless-checksum-index: read 1 file; 0 checksums had been remembered wrong\n",
    });
    const memory = join(dir, "cache/seamless/checksums", memoriesOf(dir)[0]!);
    const bytes = readFileSync(memory);
    bytes.fill(7, bytes.byteLength - 64, bytes.byteLength - 32);
    Buffer.from(sha256(bytes.subarray(0, -32)), "hex").copy(bytes, bytes.byteLength - 32);
    writeFileSync(memory, bytes);
    expect(await index("--rehash")).toEqual({
      ...right,
      err: [
        "seamless-checksum-index: a\\nb was remembered with a wrong checksum",
        "seamless-checksum-index: read 1 file; 1 checksum had been remembered wrong",
        "",
      ].join("\n"),
    });
    expect((await index("--rehash", "--json")).out).toContain('"wrong":[]');
  });

  test("works with one note where nothing can be remembered", async ({ dir, installation }) => {
    writeTree(join(dir, "d"), FILES);
    const options = { cwd: dir, installation, unprivileged: true };
    const index = (env: Record<string, string>) =>
      run("seamless-checksum-index", ["--incremental", "--dry-run", "d"], { ...options, env });
    const out = `${sha256(indexOf(FILES))}\n`;
    const note = "seamless-checksum-index: ";
    expect(await index({ XDG_CACHE_HOME: "", HOME: "/nowhere" })).toEqual({
      status: 0,
      out,
      err: `${note}nothing can be remembered: there is no home folder; set XDG_CACHE_HOME to a folder\n`,
    });
    mkdirSync(join(dir, "cache"));
    chmodSync(join(dir, "cache"), 0o555);
    const folder = join(dir, "cache/seamless");
    expect(await index(cacheOf(dir))).toEqual({
      status: 0,
      out,
      err: `${note}checksums cannot be remembered: cannot make ${folder}/checksums: permission denied\n`,
    });
    // Relative ones do not count.
    chmodSync(dir, 0o777);
    const { err } = await index({ XDG_CACHE_HOME: "cache", HOME: join(dir, "d") });
    expect(err).toContain(`${join(dir, "d/.cache")}`);
  });

  test("a memory that is damaged is made anew, with one note", async ({ dir }) => {
    writeTree(join(dir, "d"), FILES);
    await settle(dir);
    const index = () => run("seamless-checksum-index", ["--incremental", "d"], { cwd: dir, env: cacheOf(dir) });
    await index();
    const memory = join(dir, "cache/seamless/checksums", memoriesOf(dir)[0]!);
    for (const harmed of [readFileSync(memory).subarray(0, 100), "junk\n", ""]) {
      writeFileSync(memory, harmed);
      const { status, err } = await index();
      expect({ status, err }).toEqual({
        status: 0,
        err: `seamless-checksum-index: ${memory} is damaged: it is made anew\n`,
      });
      expect(await index()).toMatchObject({ status: 0, err: "" });
    }
  });

  test("a memory of another version is made anew, with one note", async ({ dir }) => {
    writeTree(join(dir, "d"), FILES);
    await settle(dir);
    const env = { ...cacheOf(dir), SEAMLESS_STORE: "store" };
    const index = (...args: string[]) =>
      run("seamless-checksum-index", ["--incremental", ...args, "d"], { cwd: dir, env });
    await index();
    const memory = join(dir, "cache/seamless/checksums", memoriesOf(dir)[0]!);
    const bytes = readFileSync(memory);
    for (const again of [
      () => index(),
      () => index("--verify"),
      () => run("seamless upload", ["--incremental", "d"], { cwd: dir, env }),
    ]) {
      writeFileSync(memory, bytes.fill("9", 15, 16));
      const { status, err } = await again();
      expect(status).toBe(0);
      expect(err.split("is of another version: it is made anew\n")).toHaveLength(2);
      expect(readFileSync(memory, "latin1")).toMatch(/^seamless files 1/);
    }
  });

  test("--rehash reads all for --verify and upload too", async ({ dir }) => {
    writeTree(join(dir, "d"), FILES);
    await settle(dir);
    const env = { ...cacheOf(dir), SEAMLESS_STORE: "store" };
    await run("seamless-checksum-index", ["--incremental", "d"], { cwd: dir, env });
    for (const [name, args] of [
      ["seamless-checksum-index", ["--verify"]],
      ["seamless upload", []],
    ] as const) {
      const { status, out, err } = await run(name, ["--rehash", "--json", ...args, "d"], { cwd: dir, env });
      expect(status).toBe(0);
      expect(jsonLines(out)).toMatchObject([{ remembered: 0, read: 3, wrong: [] }]);
      expect(err).toContain(`${name}: read 3 files; 0 checksums had been remembered wrong\n`);
    }
  });

  test("is for directories: single files are read, with a note if it was asked for", async ({ dir }) => {
    writeTree(dir, { "d/a": "1", f: "2" });
    const env = { ...cacheOf(dir), SEAMLESS_STORE: "store" };
    const note = "seamless upload: --incremental is for directories: single files are read each time\n";
    expect((await run("seamless upload", ["--incremental", "d", "f"], { cwd: dir, env })).err).toContain(note);
    expect((await run("seamless upload", ["--incremental", "d"], { cwd: dir, env })).err).not.toContain(note);
    const always = { ...env, SEAMLESS_INCREMENTAL: "1" };
    expect((await run("seamless upload", ["f"], { cwd: dir, env: always })).err).not.toContain(note);
  });

  test("removes what was not used for long", async ({ dir }) => {
    writeTree(dir, { "d/a": "1", "cache/seamless/checksums/old": "x", "cache/seamless/checksums/young": "x" });
    const folder = join(dir, "cache/seamless/checksums");
    const leftover = ".x.0123456789ab.tmp";
    writeFileSync(join(folder, leftover), "x");
    const days = Date.now() / 1000 - 91 * 86_400;
    for (const name of ["old", leftover]) utimesSync(join(folder, name), days, days);
    await settle(dir);
    await run("seamless-checksum-index", ["--incremental", "d"], { cwd: dir, env: cacheOf(dir) });
    const left = memoriesOf(dir);
    expect(left).toHaveLength(2);
    expect(left).toContain("young");
  });
});
