import { chmodSync, existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { run } from "./support/commands.ts";
import { indexOf, jsonLines, list, sha256, snapshot, writeSparse, writeTree } from "./support/files.ts";
import { serveWith } from "./support/hashserver.ts";
import { keep, stored } from "./support/stores.ts";
import { system, test } from "./support/test.ts";

const FILES = { "a.txt": "hello\n", "b.txt": "more\n", "same.txt": "hello\n" };
const INDEX = indexOf(FILES);
const CHECKSUM = sha256(INDEX);
const BUFFERS = ["hello\n", "more\n", INDEX].map(sha256).sort();

describe.concurrent("seamless upload", () => {
  test("puts each buffer once, and the index; writes what seamless-checksum-index writes", async ({ dir }) => {
    writeTree(join(dir, "d"), FILES);
    expect(await run("seamless upload", ["--store", "store", "d"], { cwd: dir })).toEqual({
      status: 0,
      out: `${CHECKSUM}\n`,
      err: `seamless upload: d: 3 files, 17 B; put 2 files, 11 B into ${dir}/store\n`,
    });
    expect(stored(join(dir, "store"))).toEqual(BUFFERS);
    expect(list(dir)).toEqual(["d", "d.CHECKSUM", "d.INDEX", "store"]);
    expect(await run("seamless-checksum-index", ["--verify", "d"], { cwd: dir })).toMatchObject({ status: 0 });
  });

  test("puts only what is missing", async ({ dir }) => {
    writeTree(join(dir, "d"), FILES);
    await keep(join(dir, "store"), "more\n");
    const args = ["--json", "--store", "store", "d"];
    const report = {
      path: "d",
      checksum: CHECKSUM,
      index: join(dir, "d.INDEX"),
      store: join(dir, "store"),
      files: 3,
      bytes: 17,
      put: { files: 1, bytes: 6 },
      proven: true,
      skipped: [],
      written: true,
    };
    expect(jsonLines((await run("seamless upload", args, { cwd: dir })).out)).toEqual([report]);
    const again = await run("seamless upload", args, { cwd: dir });
    expect(jsonLines(again.out)).toEqual([{ ...report, put: { files: 0, bytes: 0 } }]);
    expect(stored(join(dir, "store"))).toEqual(BUFFERS);
  });

  test("--dry-run says what it would put, and does nothing; --no-index writes no files", async ({ dir }) => {
    writeTree(join(dir, "d"), FILES);
    await keep(join(dir, "store"), "more\n");
    const before = snapshot(dir);
    const dry = await run("seamless upload", ["--dry-run", "--store=store", "d"], { cwd: dir });
    expect(dry).toEqual({
      status: 0,
      out: `${CHECKSUM}\n`,
      err: `seamless upload: d: 3 files, 17 B; would put 1 file, 6 B into ${dir}/store\n`,
    });
    const json = await run("seamless upload", ["--dry-run", "--json", "--store=new", "d"], { cwd: dir });
    expect(jsonLines(json.out)).toEqual([
      expect.objectContaining({ missing: { files: 2, bytes: 11 }, written: false }),
    ]);
    expect(snapshot(dir)).toEqual(before);
    const quiet = await run("seamless upload", ["--no-index", "--quiet", "--store=store", "d"], { cwd: dir });
    expect(quiet).toEqual({ status: 0, out: `${CHECKSUM}\n`, err: "" });
    expect(list(dir)).toEqual(["d", "store"]);
  });

  test("an empty directory, and a deep one", async ({ dir }) => {
    writeTree(join(dir, "empty"), {});
    writeTree(dir, { "deep/1/2/3/ü": "x" });
    const env = { SEAMLESS_STORE: join(dir, "store") };
    expect((await run("seamless upload", ["empty"], { cwd: dir, env })).out).toBe(`${sha256("{}\n")}\n`);
    expect((await run("seamless upload", ["deep"], { cwd: dir, env })).status).toBe(0);
    expect(stored(env.SEAMLESS_STORE)).toEqual(
      [sha256("{}\n"), sha256("x"), sha256(readFileSync(join(dir, "deep.INDEX")))].sort(),
    );
  });

  test("what cannot be indexed is an error, and nothing is put", async ({ dir, fullInstallation }) => {
    writeTree(dir, { "d/a": "1", "e/a": "1", "e/secret": "2" });
    symlinkSync("nowhere", join(dir, "d/dangling"));
    chmodSync(join(dir, "e/secret"), 0);
    const options = { cwd: dir, installation: fullInstallation, unprivileged: true };
    const link = await run("seamless upload", ["--store=store", "d"], options);
    expect(link.err).toBe(`seamless upload: ${dir}/d/dangling is a dangling link (to nowhere)\n`);
    const secret = await run("seamless upload", ["--store=store", "e"], options);
    expect(secret.err).toBe(`seamless upload: cannot read ${dir}/e/secret: permission denied\n`);
    const missing = await run("seamless upload", ["--store=store", "missing"], options);
    expect(missing.err).toBe("seamless upload: cannot upload missing: no such file or directory\n");
    expect([link.status, secret.status, missing.status]).toEqual([1, 1, 1]);
    expect(list(dir)).toEqual(["d", "e"]);
  });

  test("a place for the index that cannot be written is an error before anything is read", async ({
    dir,
    fullInstallation,
  }) => {
    const closed = join(dir, "closed");
    writeTree(closed, { "d/a": "1" });
    writeSparse(join(closed, "d/large"), 2 ** 40);
    chmodSync(closed, 0o555);
    const options = { cwd: dir, installation: fullInstallation, unprivileged: true };
    const { status, err } = await run("seamless upload", ["--store=store", "closed/d"], options);
    chmodSync(closed, 0o755);
    expect({ status, err }).toEqual({
      status: 1,
      err: `seamless upload: cannot write ${closed}/d.INDEX: permission denied\n`,
    });
  });

  test("a store in the directory itself makes no sense", async ({ dir }) => {
    writeTree(dir, { "d/a": "1" });
    symlinkSync("d", join(dir, "link"));
    for (const store of ["d", "d/store", "link"]) {
      await keep(join(dir, "d/store"), "1");
      const { status, err } = await run("seamless upload", ["--store", store, "d"], { cwd: dir });
      expect(status).toBe(2);
      expect(err).toContain("is inside the directory that is to be uploaded");
    }
    expect((await run("seamless upload", ["--store=d.store", "--dry-run", "d"], { cwd: dir })).status).toBe(0);
  });

  test("a full disk: what fits is put; the index is not; the next run completes it", async ({ dir, disk }) => {
    writeTree(dir, { "d/a": "hello\n", "d/large": Buffer.alloc(40_000), "d/large2": Buffer.alloc(41_000) });
    const store = join(disk, "store");
    const args = ["--store", store, "--parallel", "1", "d"];
    const { status, out, err } = await run("seamless upload", args, { cwd: dir });
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(err.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^seamless upload: .*no space left on the device$/),
      `seamless upload: cannot upload ${dir}/d: 1 of 3 files failed, so the index was not put; run it again to put what is missing`,
    ]);
    expect(stored(store)).toHaveLength(2);
    expect(list(dir)).toEqual(["d"]);
    expect(system("mount", "-o", "remount,size=400k", disk)).toBe("");
    expect(await run("seamless upload", args, { cwd: dir })).toMatchObject({
      status: 0,
      err: expect.stringContaining("; put 1 file, 41.0 kB"),
    });
    expect(stored(store)).toHaveLength(4);
  });
});

describe.concurrent("seamless upload to a hashserver", () => {
  test("puts the index last, and shows progress in bytes", async ({ dir }) => {
    writeTree(join(dir, "d"), FILES);
    const order: string[] = [];
    const folder = join(dir, "store");
    const { url, close, store } = await serveWith(folder, {
      async put(checksum, bytes, options) {
        order.push(checksum.hex());
        return store.put(checksum, bytes, options);
      },
      async putStream(checksum, pieces, options) {
        order.push(checksum.hex());
        return store.putStream(checksum, pieces, options);
      },
    });
    const { status, out, err } = await run("seamless upload", ["--progress", "--store", url, "d"], { cwd: dir });
    await close();
    expect({ status, out }).toEqual({ status: 0, out: `${CHECKSUM}\n` });
    expect(err).toMatch(/2 of 2 files, 11 B of 11 B, 100 %/);
    expect([...new Set(order)].at(-1)).toBe(CHECKSUM);
    expect(stored(folder)).toEqual(BUFFERS);
  });

  test("a file that changes after it was indexed is named; the others are put, the index is not", async ({ dir }) => {
    writeTree(join(dir, "d"), FILES);
    const folder = join(dir, "store");
    // The store is asked between the two.
    let asked = false;
    const change = () => {
      if (!asked) writeFileSync(join(dir, "d/a.txt"), "HELLO\n");
      asked = true;
    };
    const { url, close, store } = await serveWith(folder, {
      async has(...args) {
        change();
        return store.has(...args);
      },
      async lengths(...args) {
        change();
        return store.lengths(...args);
      },
    });
    const { status, out, err } = await run("seamless upload", ["--json", "--store", url, "d"], { cwd: dir });
    await close();
    expect(status).toBe(1);
    expect(err.split("\n")).toEqual([
      `seamless upload: ${dir}/d/a.txt changed since it was indexed: try again when it is at rest`,
      `seamless upload: cannot upload ${dir}/d: 1 of 2 files failed, so the index was not put; run it again to put what is missing`,
      "",
    ]);
    expect(jsonLines(out)).toEqual([
      { path: "a.txt", error: expect.objectContaining({ code: "FILE_CHANGED", file: join(dir, "d/a.txt") }) },
      { error: expect.objectContaining({ code: "INDEX_FAILED", file: join(dir, "d") }) },
    ]);
    expect(stored(folder)).toEqual([sha256("more\n")]);
    expect(existsSync(join(dir, "d.INDEX"))).toBe(false);
  });

  test("a put that fails is tried again", async ({ dir }) => {
    writeTree(join(dir, "d"), { a: "x".repeat(3_000_000) });
    const folder = join(dir, "store");
    let attempts = 0;
    const { url, close, store } = await serveWith(folder, {
      async putStream(checksum, pieces, options) {
        if (attempts++ < 2) throw new Error("busy");
        return store.putStream(checksum, pieces, options);
      },
    });
    const { status, err } = await run("seamless upload", ["--store", url, "d"], { cwd: dir });
    await close();
    expect({ status, err }).toEqual({
      status: 0,
      err: `seamless upload: d: 1 file, 3.00 MB; put 1 file, 3.00 MB into ${url.replace(/\/$/, "")}\n`,
    });
    // Twice in vain, and then the file. Its index is small, and is put whole.
    expect(attempts).toBe(3);
  });

  test("a server that may only be read: an error", async ({ dir }) => {
    writeTree(join(dir, "d"), FILES);
    const { url, close } = await serveWith(join(dir, "store"), {}, "secret-1");
    const refused = await run("seamless upload", ["--store", url, "d"], { cwd: dir });
    const accepted = await run("seamless upload", ["--store", url, "d"], {
      cwd: dir,
      env: { SEAMLESS_TOKEN: "secret-1" },
    });
    await close();
    expect(refused.status).toBe(1);
    expect(accepted).toMatchObject({ status: 0, out: `${CHECKSUM}\n` });
    expect(refused.err + accepted.err).not.toContain("secret-1");
  });
});
