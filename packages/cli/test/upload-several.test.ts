import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect } from "vitest";
import { refusal, run, runAll } from "./support/commands.ts";
import { indexOf, jsonLines, list, sha256, snapshot, writeSparse, writeTree } from "./support/files.ts";
import { stored } from "./support/stores.ts";
import { inTerminal } from "./support/terminal.ts";
import { test } from "./support/test.ts";

const env = { SEAMLESS_STORE: "store" };

describe.concurrent("seamless upload of files", () => {
  test("puts one, and writes its checksum as seamless-checksum-file does", async ({ dir }) => {
    writeTree(dir, { "sub/a.csv": "1,2\n" });
    const options = { cwd: dir, env };
    expect(await run("seamless upload", ["sub/a.csv"], options)).toEqual({
      status: 0,
      out: `${sha256("1,2\n")}\n`,
      err: `seamless upload: sub/a.csv: 1 file, 4 B; put 1 file, 4 B into ${dir}/store\n`,
    });
    expect(snapshot(join(dir, "sub"))).toEqual({ "a.csv": "1,2\n", "a.csv.CHECKSUM": `${sha256("1,2\n")}\n` });
    expect(stored(join(dir, "store"))).toEqual([sha256("1,2\n")]);
    const again = await run("seamless upload", ["--json", "sub/a.csv"], options);
    expect(jsonLines(again.out)).toEqual([
      {
        path: "sub/a.csv",
        checksum: sha256("1,2\n"),
        file: "sub/a.csv.CHECKSUM",
        store: join(dir, "store"),
        files: 1,
        bytes: 4,
        put: { files: 0, bytes: 0 },
        proven: true,
        written: true,
      },
    ]);
    const back = await run("seamless download", ["sub/a.csv", "-o", "copy"], options);
    expect({ ...back, copy: snapshot(dir)["copy"] }).toMatchObject({ status: 0, copy: "1,2\n" });
  });

  test("writes nothing with --no-index, and nothing at all with --dry-run", async ({ dir }) => {
    writeTree(dir, { a: "1" });
    const options = { cwd: dir, env };
    const dry = await run("seamless upload", ["--dry-run", "--json", "a"], options);
    expect(jsonLines(dry.out)).toEqual([
      expect.objectContaining({ missing: { files: 1, bytes: 1 }, written: false, checksum: sha256("1") }),
    ]);
    expect(list(dir)).toEqual(["a"]);
    expect(await run("seamless upload", ["--no-index", "--quiet", "a"], options)).toMatchObject({ status: 0, err: "" });
    expect(list(dir)).toEqual(["a", "store"]);
  });

  test("a link to a file is that file; an index is that of a directory", async ({ dir }) => {
    writeTree(dir, { a: "1", "d.INDEX": indexOf({ x: "1" }) });
    symlinkSync("a", join(dir, "link"));
    const { out } = await run("seamless upload", ["--quiet", "link", "d.INDEX"], { cwd: dir, env });
    expect(out).toBe(`${sha256("1")}  link\n${sha256(indexOf({ x: "1" }))}  d.INDEX\n`);
    expect(list(dir)).toEqual(["a", "d.CHECKSUM", "d.INDEX", "link", "link.CHECKSUM", "store"]);
  });

  test("with --decompress a compressed one is what it holds, and stays compressed", async ({ dir }) => {
    const packed = gzipSync("hello\n".repeat(1000));
    writeTree(dir, { "x.csv.gz": packed });
    const hex = sha256("hello\n".repeat(1000));
    const { out } = await run("seamless upload", ["--decompress", "x.csv.gz", "--quiet"], { cwd: dir, env });
    expect(out).toBe(`${hex}\n`);
    expect(list(dir)).toEqual(["store", "x.csv.CHECKSUM", "x.csv.gz"]);
    expect(Object.keys(snapshot(join(dir, "store")))).toContain(`${hex.slice(0, 2)}/${hex}.gz`);
    expect((await run("seamless get", [hex], { cwd: dir, env })).out).toBe("hello\n".repeat(1000));
  });
});

describe.concurrent("seamless upload of several", () => {
  test("prints a line for each; what fails is reported, and the others are done", async ({ dir }) => {
    writeTree(dir, { "d/a": "1", "e/a": "2", "f\nf": "3" });
    symlinkSync("nowhere", join(dir, "e/dangling"));
    const { status, out, err } = await run("seamless upload", ["d", "missing", "e", "f\nf"], { cwd: dir, env });
    expect(status).toBe(1);
    expect(out).toBe(`${sha256(indexOf({ a: "1" }))}  ${dir}/d.INDEX\n\\${sha256("3")}  f\\nf\n`);
    expect(err).toContain("cannot upload missing: no such file or directory");
    expect(err).toContain("e/dangling is a dangling link");
    expect(stored(join(dir, "store"))).toEqual([sha256("1"), sha256("3"), sha256(indexOf({ a: "1" }))].sort());
    expect(list(dir)).toEqual(["d", "d.CHECKSUM", "d.INDEX", "e", "f\nf", "f\nf.CHECKSUM", "store"]);
  });

  test("whose checksum files would be the same: nothing is done", async ({ dir }) => {
    writeTree(dir, { "d/a": "1", "d.INDEX": "{}\n", f: "1" });
    for (const [operands, reason] of [
      [["d", "d.INDEX"], "d and d.INDEX have the same target, d.CHECKSUM"],
      [["f", "./f"], "f and ./f have the same target, ./f.CHECKSUM"],
      [["f", "-"], "standard input has no name to write a checksum file beside: 'seamless put -' puts it"],
      [["f", "/"], "the index of / would lie beside it, and nothing can: give another directory"],
    ] as const) {
      const outcome = await run("seamless upload", operands, { cwd: dir, env });
      if (reason.startsWith("the index of /")) expect(outcome).toMatchObject({ status: 2, out: "" });
      else expect(outcome).toEqual(refusal("seamless upload", reason));
    }
    expect(list(dir)).toEqual(["d", "d.INDEX", "f"]);
  });
});

describe.concurrent("how much is uploaded", () => {
  const FILES = { "d/a": "1", "d/b": "2", "d/c": "3", f: "4".repeat(2000) };

  test("is not limited without a terminal, unless a limit is given", async ({ dir }) => {
    writeTree(dir, Object.fromEntries(Array.from({ length: 401 }, (_, i) => [`d/${i}`, String(i)])));
    expect((await run("seamless upload", ["d"], { cwd: dir, env })).status).toBe(0);
    // What is there already does not count.
    expect((await run("seamless upload", ["--max-files", "0", "d"], { cwd: dir, env })).status).toBe(0);
  });

  test.for([
    [["--max-files", "3"], {}, "4 files, 2.00 kB, more than 3 files"],
    [["--max-size=2kB"], {}, "4 files, 2.00 kB, more than 2.00 kB"],
    [["--max-files", "1", "--max-size=1 kB"], {}, "4 files, 2.00 kB, more than 1 file and 1.00 kB"],
    [[], { SEAMLESS_MAX_UPLOAD_FILES: "2" }, "4 files, 2.00 kB, more than 2 files"],
    [[], { SEAMLESS_MAX_UPLOAD_SIZE: "1 KiB" }, "4 files, 2.00 kB, more than 1.02 kB"],
    // The command line has the last word.
    [["--max-files", "3"], { SEAMLESS_MAX_UPLOAD_FILES: "9" }, "4 files, 2.00 kB, more than 3 files"],
  ] as const)("%j %j: nothing is done, unless --yes says so", async ([args, set, what], { dir }) => {
    writeTree(dir, FILES);
    const options = { cwd: dir, env: { ...env, ...set } };
    const refused = await run("seamless upload", ["--json", ...args, "d", "f"], options);
    const message = `nothing was uploaded: it would be ${what}: raise --max-files or --max-size, or use --yes`;
    expect(refused).toEqual({
      status: 1,
      out: `${JSON.stringify({ error: { code: "TOO_LARGE", message } })}\n`,
      err: `seamless upload: ${message}\n`,
    });
    expect(list(dir)).toEqual(["d", "f"]);
    expect((await run("seamless upload", ["--dry-run", ...args, "d", "f"], options)).status).toBe(0);
    expect((await run("seamless upload", ["-y", ...args, "d", "f"], options)).status).toBe(0);
    expect(stored(join(dir, "store"))).toHaveLength(5);
  });

  test("variables and options that are no numbers are wrong usage", async ({ dir }) => {
    writeTree(dir, FILES);
    for (const [name, value, form] of [
      ["SEAMLESS_MAX_UPLOAD_FILES", "many", "a whole number"],
      ["SEAMLESS_MAX_UPLOAD_SIZE", "-1", "bytes, as in 500, 1.5MB or 2GiB"],
    ] as const) {
      expect(await run("seamless upload", ["d"], { cwd: dir, env: { ...env, [name]: value } })).toEqual(
        refusal("seamless upload", `${name} is ${form}, not '${value}'`),
      );
    }
    expect(
      await runAll(
        [
          ["seamless upload", ["--max-files", "x", "d"]],
          ["seamless upload", ["--max-size", "1 parsec", "d"]],
        ],
        { cwd: dir, env },
      ),
    ).toEqual([
      refusal("seamless upload", "--max-files takes a whole number from 0 to 1000000000"),
      refusal("seamless upload", "--max-size takes bytes, as in 500, 1.5MB or 2GiB"),
    ]);
    expect(list(dir)).toEqual(["d", "f"]);
  });

  test("is asked for on a terminal, where there is a limit always", async ({ dir }) => {
    writeTree(dir, Object.fromEntries(Array.from({ length: 401 }, (_, i) => [`d/${i}`, String(i)])));
    const question = "Upload 401 files, 1.09 kB, more than 400 files? [y/N] ";
    const args = ["--store", "store", "d"];
    const no = await inTerminal("seamless upload", args, dir, "n\n");
    expect(no.status).toBe(1);
    expect(no.out).toContain(question);
    expect(no.out).toContain("seamless upload: nothing was uploaded");
    expect(list(dir)).toEqual(["d"]);
    const yes = await inTerminal("seamless upload", args, dir, "y\n");
    expect(yes.status).toBe(0);
    expect(list(dir)).toEqual(["d", "d.CHECKSUM", "d.INDEX", "store"]);
    writeSparse(join(dir, "large"), 100_000_001);
    const large = await inTerminal("seamless upload", ["--store", "store", "large"], dir, "n\n");
    expect(large).toMatchObject({ status: 1, out: expect.stringContaining("100 MB, more than 100 MB? [y/N] ") });
    const unasked = await inTerminal("seamless upload", ["-y", "--store", "store2", "d"], dir);
    expect(unasked.status).toBe(0);
    expect(unasked.out).not.toContain("?");
  });
});
