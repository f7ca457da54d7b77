import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect } from "vitest";
import { refusal, run } from "./support/commands.ts";
import { indexOf, jsonLines, list, sha256, writeTree } from "./support/files.ts";
import { serveWith } from "./support/hashserver.ts";
import { test } from "./support/test.ts";

/** "hello\n" as the zstd command writes it. */
const HELLO_ZST = Buffer.from("28b52ffd045831000068656c6c6f0a5388bd91", "hex");
const CONTENTS = { "a.csv": "1,2\n".repeat(1000), "sub/b.txt": "hello\n", c: "plain" };

function writeCompressed(dir: string): void {
  writeTree(dir, {
    "a.csv.gz": gzipSync(CONTENTS["a.csv"]),
    "sub/b.txt.gz": gzipSync(CONTENTS["sub/b.txt"]),
    c: CONTENTS.c,
  });
}

/** Any buffer of a store, by its file. */
function stored(dir: string): Record<string, Buffer> {
  const files = readdirSync(join(dir, "store"), { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(files.map((file) => [file.name, readFileSync(join(file.parentPath, file.name))]));
}

const NOTE = "Seamless 1.4 counts what they hold, and so does --decompress";

describe.concurrent("--decompress", () => {
  test("standard input has no name that says so: that is wrong usage", async ({ dir }) => {
    const reason = "--decompress goes by the names of files, and standard input has none: decompress it before";
    writeTree(dir, { "a.gz": gzipSync("1") });
    for (const [name, args] of [
      ["seamless put", ["--store=store", "a.gz", "-"]],
      ["seamless-checksum", ["-"]],
    ] as const) {
      const outcome = await run(name, [...args, "--decompress"], { cwd: dir, input: gzipSync("1") });
      expect(outcome).toEqual(refusal(name, reason));
    }
  });

  test("SEAMLESS_DECOMPRESS=1 leaves standard input as it is, with a note", async ({ dir }) => {
    const env = { SEAMLESS_DECOMPRESS: "1" };
    const input = gzipSync("1");
    for (const [name, args] of [
      ["seamless put", ["--store=store", "-"]],
      ["seamless-checksum", ["-"]],
    ] as const) {
      expect(await run(name, args, { cwd: dir, env, input })).toEqual({
        status: 0,
        out: `${sha256(input)}\n`,
        err: `${name}: standard input counts as it is: SEAMLESS_DECOMPRESS=1 goes by the names of files\n`,
      });
    }
  });

  test("makes an index of what files hold, with all that can be left out and remembered", async ({ dir }) => {
    writeCompressed(join(dir, "d"));
    writeFileSync(join(dir, "d/.gz"), "not one");
    writeFileSync(join(dir, "d/x.GZ"), "nor this");
    const env = { XDG_CACHE_HOME: join(dir, "cache") };
    const all = { ...CONTENTS, ".gz": "not one", "x.GZ": "nor this" };
    for (const args of [[], ["--incremental"], ["--incremental"]]) {
      const { status, err, out } = await run("seamless-checksum-index", ["--decompress", ...args, "d"], {
        cwd: dir,
        env,
      });
      expect({ status, err }).toEqual({ status: 0, err: "" });
      expect(readFileSync(join(dir, "d.INDEX"), "utf8")).toBe(indexOf(all));
      expect(out).toBe(`${sha256(indexOf(all))}\n`);
    }
    const verify = await run("seamless-checksum-index", ["--decompress", "--verify", "d"], { cwd: dir });
    expect(verify).toEqual({ status: 0, out: "d: OK, 5 files\n", err: "" });
    // What the files hold is not remembered as what they are.
    const plain = await run("seamless-checksum-index", ["--incremental", "--dry-run", "--json", "d"], {
      cwd: dir,
      env,
    });
    expect(jsonLines(plain.out)).toMatchObject([{ files: 5, remembered: 0 }]);
    const variable = { ...env, SEAMLESS_DECOMPRESS: "1" };
    const again = await run("seamless-checksum-index", ["--verify", "d"], { cwd: dir, env: variable });
    expect(again).toMatchObject({ status: 0, out: "d: OK, 5 files\n" });
  });

  test("without it, a note says once how many files there are of the kind", async ({ dir }) => {
    writeCompressed(join(dir, "d"));
    const env = { SEAMLESS_STORE: "store" };
    const file = "d/sub/b.txt.gz";
    writeTree(join(dir, "e"), { "x.zst": HELLO_ZST });
    for (const [name, args, note] of [
      ["seamless-checksum-index", ["d"], `2 .gz or .zst files count as they are; ${NOTE}`],
      ["seamless-checksum-index", ["--verify", "d"], `2 .gz or .zst files count as they are; ${NOTE}`],
      ["seamless-checksum-index", ["d", "e"], `3 .gz or .zst files count as they are; ${NOTE}`],
      ["seamless upload", ["d"], `2 .gz or .zst files count as they are; ${NOTE}`],
      ["seamless upload", ["d", "e/x.zst"], `3 .gz or .zst files count as they are; ${NOTE}`],
      ["seamless diff", ["d", "d"], `4 .gz or .zst files count as they are; ${NOTE}`],
      ["seamless diff", [file, file], `2 .gz or .zst files count as they are; ${NOTE}`],
      ["seamless-checksum", [file, "d/c"], `1 .gz or .zst file counts as it is; ${NOTE}`],
      ["seamless-checksum-file", [file], `1 .gz or .zst file counts as it is; ${NOTE}`],
      ["seamless put", [file], `1 .gz or .zst file counts as it is; ${NOTE}`],
    ] as const) {
      const { status, err } = await run(name, args, { cwd: dir, env });
      expect(status).toBe(0);
      expect(err.split(`${name}: ${note}\n`)).toHaveLength(2);
      expect(err.split(NOTE)).toHaveLength(2);
      expect((await run(name, ["--quiet", ...args], { cwd: dir, env })).err).toBe("");
    }
  });

  test("two files of one name are an error that names both", async ({ dir }) => {
    writeTree(join(dir, "d"), { x: "1", "x.gz": gzipSync("2"), "y.gz": gzipSync("3"), "y/z/file": "4" });
    const { status, out, err } = await run("seamless-checksum-index", ["--decompress", "d"], { cwd: dir });
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(err).toContain(`${dir}/d/x and ${dir}/d/x.gz would both be x in the index`);
    expect(err).toContain(`${dir}/d/y and ${dir}/d/y.gz would both be y in the index`);
    expect(list(dir)).toEqual(["d"]);
  });

  test.for([
    ["is not compressed", Buffer.from("hello")],
    ["is empty", Buffer.alloc(0)],
    ["is cut", gzipSync("hello".repeat(100)).subarray(0, -6)],
  ] as const)("a file that %s is an error", async ([, bytes], { dir }) => {
    writeTree(dir, { "d/x.gz": bytes });
    const name = `cannot decompress ${join(dir, "d/x.gz")}: `;
    const index = await run("seamless-checksum-index", ["--decompress", "d"], { cwd: dir });
    expect(index).toMatchObject({ status: 1, out: "" });
    expect(index.err).toContain(name);
    const one = await run("seamless-checksum", ["--decompress", "--json", "d/x.gz"], { cwd: dir });
    expect(one.status).toBe(1);
    expect(jsonLines(one.out)).toMatchObject([{ error: { code: "INVALID_BUFFER", file: "d/x.gz" } }]);
  });

  test("seamless-checksum and -file count and name what files hold", async ({ dir }) => {
    writeTree(dir, {
      "x.gz": gzipSync("hello\n"),
      "y.zst": HELLO_ZST,
      z: "hello\n",
      "two.gz": Buffer.concat([gzipSync("hel"), gzipSync("lo\n")]),
    });
    const hex = sha256("hello\n");
    expect(await run("seamless-checksum", ["--decompress", "x.gz", "y.zst", "z", "two.gz"], { cwd: dir })).toEqual({
      status: 0,
      out: ["x", "y", "z", "two"].map((name) => `${hex}  ${name}\n`).join(""),
      err: "",
    });
    const written = await run("seamless-checksum-file", ["--decompress", "x.gz", "y.zst", "z"], { cwd: dir });
    expect(written.status).toBe(0);
    for (const name of ["x", "y", "z"]) expect(readFileSync(join(dir, `${name}.CHECKSUM`), "utf8")).toBe(`${hex}\n`);
    writeFileSync(join(dir, "x"), "");
    const both = await run("seamless-checksum-file", ["--decompress", "x.gz", "x"], { cwd: dir });
    expect(both).toEqual(refusal("seamless-checksum-file", "x.gz and x have the same target, x.CHECKSUM"));
  });

  test("-c checks what it prints, and lists of files as they are", async ({ dir }) => {
    writeTree(dir, { "x.gz": gzipSync("hello\n"), "y.zst": HELLO_ZST, z: "hello\n" });
    const { out } = await run("seamless-checksum", ["--decompress", "x.gz", "y.zst", "z"], { cwd: dir });
    writeFileSync(join(dir, "list"), out);
    const ok = { status: 0, out: "x: OK\ny: OK\nz: OK\n", err: "" };
    expect(await run("seamless-checksum", ["-c", "--decompress", "list"], { cwd: dir })).toEqual(ok);
    const env = { SEAMLESS_DECOMPRESS: "1" };
    expect(await run("seamless-checksum", ["-c", "list"], { cwd: dir, env })).toEqual(ok);
    expect((await run("seamless-checksum", ["-c", "list"], { cwd: dir })).out).toContain("x: FAILED open or read\n");
    const plain = await run("seamless-checksum", ["x.gz", "z"], { cwd: dir });
    const args = ["-c", "--decompress", "-"];
    expect(await run("seamless-checksum", args, { cwd: dir, input: plain.out })).toMatchObject({
      status: 0,
      out: "x.gz: OK\nz: OK\n",
    });
    // What has the name itself comes first.
    writeFileSync(join(dir, "x"), "another");
    expect(await run("seamless-checksum", args, { cwd: dir, input: out })).toMatchObject({
      status: 1,
      out: "x: FAILED\ny: OK\nz: OK\n",
    });
    writeTree(dir, { x: "hello\n", "y.zst": "hello" });
    const broken = await run("seamless-checksum", args, { cwd: dir, input: `${out}${sha256("")}  none\n` });
    expect(broken).toMatchObject({
      status: 1,
      out: "x: OK\ny: FAILED open or read\nz: OK\nnone: FAILED open or read\n",
    });
    expect(broken.err).toContain("cannot decompress y.zst: ");
    expect(broken.err).toContain("cannot read none: no such file or directory\n");
  });

  test("globs match the names of files, not those in the index", async ({ dir }) => {
    writeCompressed(join(dir, "d"));
    const index = (...args: string[]) =>
      run("seamless-checksum-index", ["--decompress", "--json", "--dry-run", ...args, "d"], { cwd: dir });
    const { "a.csv": _, ...rest } = CONTENTS;
    const [all, without] = [sha256(indexOf(CONTENTS)), sha256(indexOf(rest))];
    expect(jsonLines((await index("--exclude", "*.csv.gz")).out)).toMatchObject([{ checksum: without }]);
    expect(await index("--exclude", "*.csv")).toMatchObject({
      out: expect.stringContaining(all),
      err: expect.stringContaining("--exclude *.csv matches nothing"),
    });
  });

  test("upload to a server keeps what the files hold", async ({ dir }) => {
    writeCompressed(join(dir, "d"));
    const { url, close } = await serveWith(join(dir, "store"));
    for (const files of [3, 0]) {
      const { status, out } = await run("seamless upload", ["--decompress", "--json", "--store", url, "d"], {
        cwd: dir,
      });
      expect(status).toBe(0);
      expect(jsonLines(out)).toMatchObject([{ checksum: sha256(indexOf(CONTENTS)), put: { files } }]);
    }
    await close();
    const env = { SEAMLESS_STORE: "store" };
    for (const content of Object.values(CONTENTS)) {
      expect(await run("seamless get", [sha256(content)], { cwd: dir, env })).toMatchObject({
        status: 0,
        out: content,
      });
    }
    expect((await run("seamless store verify", ["store"], { cwd: dir })).status).toBe(0);
  });

  test("put and upload keep files as they are compressed, with their lengths", async ({ dir }) => {
    writeCompressed(join(dir, "d"));
    const env = { SEAMLESS_STORE: "store", XDG_CACHE_HOME: join(dir, "cache") };
    const file = readFileSync(join(dir, "d/a.csv.gz"));
    const hex = sha256(CONTENTS["a.csv"]);
    expect(await run("seamless put", ["--decompress", "d/a.csv.gz"], { cwd: dir, env })).toMatchObject({
      status: 0,
      out: `${hex}\n`,
    });
    expect(stored(dir)).toMatchObject({ [`${hex}.gz`]: file, [`${hex}.BUFFERLENGTH`]: Buffer.from("4000") });
    rmSync(join(dir, "store"), { recursive: true });
    for (const [put, args] of [
      [3, []],
      [0, ["--incremental"]],
      [0, ["--incremental", "--trust-store"]],
    ] as const) {
      const { status, out } = await run("seamless upload", ["--decompress", "--json", ...args, "d"], { cwd: dir, env });
      expect(status).toBe(0);
      expect(jsonLines(out)).toMatchObject([{ checksum: sha256(indexOf(CONTENTS)), files: 3, put: { files: put } }]);
      expect(stored(dir)).toMatchObject({ [`${hex}.gz`]: file, [sha256("plain")]: Buffer.from("plain") });
    }
    const got = await run("seamless get", [hex], { cwd: dir, env });
    expect(got.out).toBe(CONTENTS["a.csv"]);
  });
});

describe.concurrent("download --compression", () => {
  test.for(["gz", "zst"] as const)("%s writes each file so, and leaves what is right", async (form, { dir, skip }) => {
    writeTree(join(dir, "d"), CONTENTS);
    const env = { SEAMLESS_STORE: "store" };
    await run("seamless upload", ["d"], { cwd: dir, env });
    const download = (...args: string[]) =>
      run("seamless download", ["--compression", form, "--json", "-o", "copy", ...args, "d.INDEX"], { cwd: dir, env });
    const first = await download();
    if (form === "zst" && first.out.includes("UNSUPPORTED")) skip("this Node cannot write zstd");
    expect(jsonLines(first.out)).toMatchObject([{ files: 3, written: { files: 3 } }]);
    expect(list(join(dir, "copy"))).toEqual([`a.csv.${form}`, `c.${form}`, "sub"]);
    if (form === "gz") expect(gunzipSync(readFileSync(join(dir, "copy/a.csv.gz"))).toString()).toBe(CONTENTS["a.csv"]);
    // The same directory, by its content.
    const index = await run("seamless-checksum-index", ["--decompress", "copy"], { cwd: dir });
    expect(index.out).toBe(`${sha256(indexOf(CONTENTS))}\n`);
    rmSync(join(dir, "copy/sub"), { recursive: true });
    expect(jsonLines((await download()).out)).toMatchObject([{ files: 3, written: { files: 1 } }]);
    writeFileSync(join(dir, "copy", `c.${form}`), "another");
    expect((await download()).out).toContain("exists and differs");
    expect(jsonLines((await download("--force")).out)).toMatchObject([{ written: { files: 1 } }]);
  });

  test("gives what the store has compressed as it lies there", async ({ dir }) => {
    writeCompressed(join(dir, "d"));
    const env = { SEAMLESS_STORE: "store" };
    await run("seamless upload", ["--decompress", "d"], { cwd: dir, env });
    await run("seamless download", ["--compression", "gz", "-o", "copy", "d.INDEX"], { cwd: dir, env });
    for (const file of ["a.csv.gz", "sub/b.txt.gz"]) {
      expect(readFileSync(join(dir, "copy", file))).toEqual(readFileSync(join(dir, "d", file)));
    }
    // One file, by its checksum.
    mkdirSync(join(dir, "one"));
    writeFileSync(join(dir, "one/a.csv.CHECKSUM"), `${sha256(CONTENTS["a.csv"])}\n`);
    const { out } = await run("seamless download", ["--compression", "gz", "one/a.csv.CHECKSUM"], { cwd: dir, env });
    expect(out).toBe("one/a.csv.gz\n");
    expect(readFileSync(join(dir, "one/a.csv.gz"))).toEqual(readFileSync(join(dir, "d/a.csv.gz")));
  });

  test("takes zst or gz", async ({ dir }) => {
    const { err } = await run("seamless download", ["--compression", "bz2", "x"], { cwd: dir });
    expect(err).toBe(refusal("seamless download", "--compression takes zst or gz").err);
  });
});
