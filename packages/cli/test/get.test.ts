import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { run, shell } from "./support/commands.ts";
import { jsonLines, list, sha256, snapshot, writeTree } from "./support/files.ts";
import { keep } from "./support/stores.ts";
import { test } from "./support/test.ts";

const HELLO = sha256("hello\n");
const OTHER = sha256("other");

describe.concurrent("seamless get", () => {
  test("writes the bytes to standard output, by a checksum or the file of one", async ({ dir }) => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const [hex] = await keep(join(dir, "store"), bytes);
    writeTree(dir, { "x.CHECKSUM": `${hex}\n` });
    const env = { SEAMLESS_STORE: "store" };
    for (const operand of [hex!, hex!.toUpperCase(), "x.CHECKSUM"]) {
      const { status, err } = await shell(`seamless get ${operand} > out`, dir, env);
      expect({ status, err }).toEqual({ status: 0, err: "" });
      expect(readFileSync(join(dir, "out")).equals(bytes)).toBe(true);
    }
  });

  test("--progress counts the bytes", async ({ dir }) => {
    const [hex] = await keep(join(dir, "store"), Buffer.alloc(300_000));
    const { err } = await run("seamless get", ["--progress", "--store=store", hex!, "-o", "x"], { cwd: dir });
    expect(err).toMatch(
      /(^|\n)1 of 1 files, 300 kB of 300 kB, 100 %, .*\/s, \d+:\d\d\nseamless get: wrote x, 300 kB\n$/,
    );
  });

  test("a miss: status 1 and a clear line, and no file", async ({ dir }) => {
    await keep(join(dir, "store"), "hello\n");
    const expected = { status: 1, out: "", err: `seamless get: ${dir}/store does not have ${OTHER}\n` };
    expect(await run("seamless get", ["--store", "store", OTHER], { cwd: dir })).toEqual(expected);
    expect(await run("seamless get", ["--store", "store", OTHER, "-o", "x"], { cwd: dir })).toEqual(expected);
    const json = await run("seamless get", ["--store", "store", OTHER, "-o", "x", "--json"], { cwd: dir });
    expect(jsonLines(json.out)).toEqual([
      { error: expect.objectContaining({ code: "CACHE_MISS", checksum: OTHER, store: `${dir}/store` }) },
    ]);
    expect(list(dir)).toEqual(["store"]);
  });

  test("what is no checksum", async ({ dir }) => {
    writeTree(dir, { "bad.CHECKSUM": "nonsense" });
    for (const operand of ["abc", `${HELLO}0`, "a/b"]) {
      const { status, err } = await run("seamless get", ["--store", "store", operand], { cwd: dir });
      expect(status).toBe(2);
      expect(err).toContain(
        `'${operand}' is not a checksum: expected 64 hex digits or the path of a .CHECKSUM or .INDEX file`,
      );
    }
    const bad = await run("seamless get", ["--store", "store", "bad.CHECKSUM"], { cwd: dir });
    expect(bad).toMatchObject({ status: 1, err: expect.stringContaining("should hold 64 hex digits") });
  });

  test("--output: a file, whole or not at all", async ({ dir }) => {
    await keep(join(dir, "store"), "hello\n");
    writeTree(dir, { old: "old", ".new.0123456789ab.tmp": "left" });
    const env = { SEAMLESS_STORE: join(dir, "store") };
    const written = await run("seamless get", [HELLO, "-o", "new"], { cwd: dir, env });
    expect(written).toEqual({ status: 0, out: "", err: "seamless get: wrote new, 6 B\n" });
    const json = await run("seamless get", ["--json", HELLO, "--output=old"], { cwd: dir, env });
    expect(jsonLines(json.out)).toEqual([{ checksum: HELLO, file: "old", bytes: 6 }]);
    expect(snapshot(dir)).toMatchObject({ new: "hello\n", old: "hello\n" });
    expect(list(dir)).toEqual(["new", "old", "store"]);
  });

  test("wrong bytes are an error, before the last of them is written", async ({ dir }) => {
    const content = "x".repeat(3_000_000);
    const [hex] = await keep(join(dir, "store"), content);
    writeFileSync(join(dir, "store", hex!.slice(0, 2), hex!), `${content.slice(1)}y`);
    const args = ["--store", "store", hex!];
    const out = await run("seamless get", args, { cwd: dir });
    expect(out.status).toBe(1);
    expect(out.err).toContain(`the bytes of ${hex} have the checksum`);
    expect(out.out.length).toBeLessThan(content.length);
    writeTree(dir, { x: "old" });
    expect((await run("seamless get", [...args, "-o", "x"], { cwd: dir })).status).toBe(1);
    expect(readFileSync(join(dir, "x"), "utf8")).toBe("old");
    expect(list(dir)).toEqual(["store", "x"]);
  });

  test("what cannot be replaced is refused; a link is replaced itself", async ({ dir }) => {
    await keep(join(dir, "store"), "hello\n");
    mkdirSync(join(dir, "folder"));
    writeTree(dir, { real: "real" });
    symlinkSync("/dev/null", join(dir, "null"));
    symlinkSync("real", join(dir, "link"));
    for (const output of ["folder", "null"]) {
      const refused = await run("seamless get", ["--store=store", HELLO, "-o", output], { cwd: dir });
      const err = `seamless get: cannot write ${output}: it exists, and is not a regular file\n`;
      expect(refused).toEqual({ status: 1, out: "", err });
    }
    expect((await run("seamless get", ["--store=store", HELLO, "-o", "link"], { cwd: dir })).status).toBe(0);
    expect(snapshot(dir)).toMatchObject({ real: "real", link: "hello\n" });
    const missing = await run("seamless get", ["--store=store", HELLO, "-o", "no/x"], { cwd: dir });
    expect(missing.err).toBe("seamless get: cannot write no/x: no such file or directory\n");
  });

  test("--json without a file makes no sense", async () => {
    const { status, err } = await run("seamless get", ["--store", "s", "--json", HELLO]);
    expect(status).toBe(2);
    expect(err).toContain("--json needs --output FILE: without it, the bytes also go to standard output");
  });

  test("stops when nobody reads any more, and waits for slow readers", async ({ dir }) => {
    const content = Buffer.alloc(20_000_000, "0123456789");
    const [hex] = await keep(join(dir, "store"), content);
    const env = { SEAMLESS_STORE: "store" };
    const head = await shell(`seamless get ${hex} | head -c 5; status=$PIPESTATUS; echo; echo $status`, dir, env);
    expect(head).toEqual({ status: 0, out: "01234\n141\n", err: "" });
    const slow = await shell(`seamless get ${hex} | (sleep 1; sha256sum)`, dir, env);
    expect(slow.out).toBe(`${hex}  -\n`);
  });

  test("a full disk and a folder that is closed: errors, and nothing is left behind", async ({
    dir,
    disk,
    fullInstallation,
  }) => {
    const [hex] = await keep(join(dir, "store"), Buffer.alloc(100_000));
    const full = await run("seamless get", ["--store=store", hex!, "-o", join(disk, "x")], { cwd: dir });
    expect(full).toEqual({
      status: 1,
      out: "",
      err: `seamless get: cannot write ${disk}/x: no space left on the device\n`,
    });
    expect(list(disk)).toEqual([]);
    mkdirSync(join(dir, "closed"));
    chmodSync(join(dir, "closed"), 0o555);
    const options = { cwd: dir, installation: fullInstallation, unprivileged: true };
    const closed = await run("seamless get", ["--store=store", hex!, "-o", "closed/x"], options);
    expect(closed.err).toBe("seamless get: cannot write closed/x: permission denied\n");
    if (existsSync("/dev/full")) {
      const lost = await shell(`seamless get --store=store ${hex} > /dev/full`, dir);
      expect(lost.status).toBe(1);
      expect(lost.err).toMatch(/^seamless: cannot write the results: ENOSPC/);
    }
  });
});

describe.concurrent("seamless has", () => {
  test("a line for each, in the order asked; status 1 if one is missing", async ({ dir }) => {
    await keep(join(dir, "store"), "hello\n", "1");
    writeTree(dir, { "x.CHECKSUM": `${sha256("1")}\n` });
    const env = { SEAMLESS_STORE: "store" };
    expect(await run("seamless has", [HELLO, "x.CHECKSUM"], { cwd: dir, env })).toEqual({
      status: 0,
      out: `${HELLO}  present\n${sha256("1")}  present\n`,
      err: "",
    });
    expect(await run("seamless has", [OTHER, HELLO, OTHER], { cwd: dir, env })).toEqual({
      status: 1,
      out: `${OTHER}  missing\n${HELLO}  present\n${OTHER}  missing\n`,
      err: "",
    });
    const json = await run("seamless has", ["--json", HELLO, OTHER], { cwd: dir, env });
    expect(jsonLines(json.out)).toEqual([
      { checksum: HELLO, present: true },
      { checksum: OTHER, present: false },
    ]);
  });

  test("many", async ({ dir }) => {
    const contents = Array.from({ length: 2500 }, (_, i) => sha256(String(i)));
    await keep(join(dir, "store"), "1", "2400");
    const { status, out } = await run("seamless has", ["--store", "store", ...contents], { cwd: dir });
    const present = out.split("\n").filter((line) => line.endsWith("  present"));
    expect({ status, present }).toEqual({
      status: 1,
      present: [`${sha256("1")}  present`, `${sha256("2400")}  present`],
    });
  });

  test("one that cannot be read is an error; the others are told", async ({ dir }) => {
    await keep(join(dir, "store"), "hello\n");
    const has = await run("seamless has", ["--store", "store", "no.CHECKSUM", HELLO], { cwd: dir });
    expect(has).toEqual({
      status: 1,
      out: `${HELLO}  present\n`,
      err: "seamless has: cannot read no.CHECKSUM: no such file or directory\n",
    });
    expect((await run("seamless has", ["--store", "store", HELLO, "abc"], { cwd: dir })).status).toBe(2);
  });
});
