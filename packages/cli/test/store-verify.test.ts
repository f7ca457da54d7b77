import { once } from "node:events";
import { chmodSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { ended, run, start } from "./support/commands.ts";
import { ENDLESS, jsonLines, list, sha256, snapshot, writeSparse, writeTree } from "./support/files.ts";
import { keep, stored } from "./support/stores.ts";
import { test } from "./support/test.ts";

const HELLO = sha256("hello\n");
const PLACE = `${HELLO.slice(0, 2)}/${HELLO}`;

/** A store with a buffer that is right, and one whose bytes are not. */
async function damaged(dir: string): Promise<string> {
  const folder = join(dir, "store");
  await keep(folder, "hello\n", "right");
  writeFileSync(join(folder, PLACE), "HELLO!");
  return folder;
}

describe.concurrent("seamless store verify", () => {
  test("a store that is in order, by a path or a file: URL", async ({ dir }) => {
    await keep(join(dir, "store"), "hello\n", "1");
    for (const url of ["store", join(dir, "store"), `file://${dir}/store`]) {
      const out = `${dir}/store: OK, 2 buffers, 7 B\n`;
      expect(await run("seamless store verify", [url], { cwd: dir })).toEqual({ status: 0, out, err: "" });
    }
  });

  test("a corrupt buffer: a line, and status 1; nothing is changed", async ({ dir }) => {
    const folder = await damaged(dir);
    const before = snapshot(dir);
    expect(await run("seamless store verify", ["store"], { cwd: dir })).toEqual({
      status: 1,
      out: `corrupt  ${PLACE}\n${folder}: 1 corrupt, 0 unreadable; of the others 1 buffer, 5 B are right\n`,
      err: "",
    });
    expect(snapshot(dir)).toEqual(before);
    const { status, out } = await run("seamless store verify", ["--json", folder], { cwd: dir });
    expect({ status, reports: jsonLines(out) }).toEqual({
      status: 1,
      reports: [
        expect.objectContaining({
          path: folder,
          store: folder,
          ok: false,
          buffers: 1,
          corrupt: [{ checksum: HELLO, file: PLACE, size: 6 }],
          unreadable: [],
        }),
      ],
    });
  });

  test("--quarantine moves what is old enough, and says where", async ({ dir }) => {
    const folder = await damaged(dir);
    const young = await run("seamless store verify", ["--quarantine", "store"], { cwd: dir });
    expect(young.out).toContain(`corrupt  ${PLACE} (not moved: it is less than an hour old)\n`);
    utimesSync(join(folder, PLACE), 1, 1);
    const { status, out } = await run("seamless store verify", ["--quarantine", "store"], { cwd: dir });
    expect(status).toBe(1);
    expect(out).toMatch(new RegExp(`^corrupt  ${PLACE} \\(now \\.quarantine/${HELLO}\\.\\d+\\)\n`));
    expect(stored(folder)).toEqual([sha256("right")]);
    expect((await run("seamless store verify", ["store"], { cwd: dir })).status).toBe(0);
  });

  test("what cannot be read, what is misplaced and what was left behind", async ({ dir, fullInstallation }) => {
    const folder = join(dir, "store");
    await keep(folder, "hello\n", "right");
    const left = `${HELLO.slice(0, 2)}/.${HELLO}.0123456789ab.tmp`;
    const young = `${HELLO.slice(0, 2)}/${HELLO}-a_b0c1d2`;
    writeTree(folder, { [left]: "", [young]: "", [sha256("flat")]: "flat" });
    utimesSync(join(folder, left), 1, 1);
    chmodSync(join(folder, PLACE), 0);
    const options = { cwd: dir, installation: fullInstallation, unprivileged: true };
    const { status, out } = await run("seamless store verify", ["store"], options);
    expect(status).toBe(1);
    expect(out.split("\n")).toEqual([
      `unreadable  cannot read ${folder}/${PLACE}: permission denied`,
      `misplaced   ${sha256("flat")}`,
      `leftover    ${left}`,
      `unfinished  ${young} (less than an hour old)`,
      `${folder}: 0 corrupt, 1 unreadable; of the others 1 buffer, 5 B are right; 1 not checked`,
      "",
    ]);
    const json = await run("seamless store verify", ["--json", "store"], options);
    expect(jsonLines(json.out)).toMatchObject([{ unreadable: [{ code: "PERMISSION_DENIED" }], leftovers: [left] }]);
  });

  test("what cannot be decoded is named, here and by whatever reads it", async ({ dir }) => {
    const file = join(dir, "store", `${PLACE}.gz`);
    writeTree(dir, { [`store/${PLACE}.gz`]: "not gzip" });
    const { status, out } = await run("seamless store verify", ["store"], { cwd: dir });
    expect({ status, line: out.split("\n")[0] }).toEqual({
      status: 1,
      line: expect.stringMatching(/^unreadable {2}.* cannot be decoded: /),
    });
    expect(out).toContain(`  ${file}: the gzip data`);
    const json = await run("seamless store verify", ["--json", "store"], { cwd: dir });
    expect(jsonLines(json.out)).toMatchObject([{ unreadable: [{ code: "STORE_FAILED", file, checksum: HELLO }] }]);
    const copying = await run("seamless store sync", ["store", "other"], { cwd: dir });
    expect(copying).toMatchObject({ status: 1, err: expect.stringContaining(`${file}: the gzip data`) });
    const getting = await run("seamless get", ["--store", "store", HELLO], { cwd: dir });
    expect(getting).toMatchObject({ status: 1, err: expect.stringContaining(`${file}: the gzip data`) });
    writeTree(dir, { hello: "hello\n" });
    await run("seamless put", ["--store", "store", "hello"], { cwd: dir });
    expect(await run("seamless store verify", ["store"], { cwd: dir })).toMatchObject({ status: 0 });
  });

  test("a directory where a buffer belongs is one that cannot be read", async ({ dir }) => {
    const folder = join(dir, "store");
    await keep(folder, "right");
    mkdirSync(join(folder, PLACE), { recursive: true });
    writeTree(dir, { hello: "hello\n" });
    expect((await run("seamless put", ["--store", "store", "hello"], { cwd: dir })).status).toBe(1);
    const { status, out } = await run("seamless store verify", ["store"], { cwd: dir });
    expect({ status, lines: out.split("\n") }).toEqual({
      status: 1,
      lines: [
        `unreadable  cannot read ${folder}/${PLACE}: it is not a regular file`,
        `${folder}: 0 corrupt, 1 unreadable; of the others 1 buffer, 5 B are right`,
        "",
      ],
    });
  });

  test("the layout of the folder, unless --layout says another", async ({ dir }) => {
    writeTree(dir, { [`flat/${HELLO}`]: "hello\n", [`flat/${sha256("x")}`]: "y" });
    const flat = await run("seamless store verify", ["--layout", "flat", "flat"], { cwd: dir });
    expect(flat).toMatchObject({ status: 1, out: expect.stringContaining("of the others 1 buffer, 6 B are right\n") });
    expect(await run("seamless store verify", ["flat"], { cwd: dir })).toMatchObject(flat);
    const prefix = await run("seamless store verify", ["--layout", "prefix", "flat"], { cwd: dir });
    expect(prefix).toMatchObject({
      status: 0,
      out: expect.stringContaining("flat: OK, 0 buffers, 0 B; 2 not checked\n"),
    });
  });

  test("progress in bytes", async ({ dir }) => {
    await keep(join(dir, "store"), "hello\n", "1");
    const { err } = await run("seamless store verify", ["--progress", "store"], { cwd: dir });
    expect(err).toMatch(/2 of 2 files, 7 B of 7 B, 100 %/);
  });

  test("Ctrl-C stops it", async ({ dir }) => {
    const folder = join(dir, "store");
    // Sorted first, so that there is progress before it hangs in the other.
    await keep(folder, "hello\n");
    writeTree(folder, { [`ff/${"f".repeat(64)}`]: "" });
    writeSparse(join(folder, `ff/${"f".repeat(64)}`), ENDLESS);
    const child = start("seamless store verify", ["--progress", "store"], { cwd: dir });
    const outcome = ended(child);
    await once(child.stderr!, "data");
    child.kill("SIGINT");
    expect(await outcome).toMatchObject({
      status: 130,
      out: "",
      err: expect.stringMatching(/seamless store verify: interrupted\n$/),
    });
  });

  test("what is no folder, and a hashserver", async ({ dir }) => {
    writeTree(dir, { file: "" });
    const missing = await run("seamless store verify", ["missing"], { cwd: dir });
    const file = await run("seamless store verify", ["file"], { cwd: dir });
    expect([missing.status, file.status]).toEqual([1, 1]);
    expect(missing.err).toMatch(/^seamless store verify: .*missing.*\n$/);
    expect(list(dir)).toEqual(["file"]);
    const server = await run("seamless store verify", ["http://127.0.0.1:9/"], { cwd: dir });
    expect(server).toMatchObject({ status: 2, out: "" });
    expect(server.err).toContain("is no folder: of a hashserver, verify the folder that it serves");
  });
});
