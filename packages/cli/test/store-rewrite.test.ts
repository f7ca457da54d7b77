import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { run } from "./support/commands.ts";
import { jsonLines, sha256, snapshot } from "./support/files.ts";
import { serving } from "./support/server.ts";
import { keep } from "./support/stores.ts";
import { test } from "./support/test.ts";

const TEXT = "a line, and what goes on with it\n".repeat(1000);
const HEX = sha256(TEXT);
const PLACE = `${HEX.slice(0, 2)}/${HEX}`;

async function makeStore(dir: string): Promise<string> {
  const folder = join(dir, "store");
  await keep(folder, TEXT, "short");
  return folder;
}

describe.concurrent("seamless store compress and decompress", () => {
  test("compress, and back; a dry run changes nothing", async ({ dir }) => {
    const folder = await makeStore(dir);
    const before = snapshot(dir);
    const dry = await run("seamless store compress", ["store", "--coding", "gzip", "--dry-run"], { cwd: dir });
    expect(dry).toMatchObject({ status: 0, err: "" });
    expect(snapshot(dir)).toEqual(before);
    const { status, out } = await run("seamless store compress", ["store", "--coding", "gzip"], { cwd: dir });
    expect(status).toBe(0);
    expect(out).toMatch(/store: compressed 1 buffer, 33\.0 kB to \d+ B; 1 left as they were\n$/);
    expect(dry.out).toBe(out.replace("compressed", "would compress"));
    expect(readFileSync(join(folder, `${PLACE}.BUFFERLENGTH`), "latin1")).toBe("33000");
    expect((await run("seamless get", [HEX, "--store", folder])).out).toBe(TEXT);
    const size = readFileSync(join(folder, `${PLACE}.gz`)).byteLength;
    const back = await run("seamless store decompress", ["store", "--json"], { cwd: dir });
    expect({ status: back.status, json: jsonLines(back.out) }).toEqual({
      status: 0,
      json: [{ store: folder, decompressed: 1, before: size, after: 33_000, left: 0, locked: 0, failed: 0 }],
    });
    expect(snapshot(dir)).toEqual(before);
  });

  test("zstd by default, at a level", async ({ dir }) => {
    const folder = await makeStore(dir);
    const sizes: number[] = [];
    for (const level of ["1", "19"]) {
      const { status } = await run("seamless store compress", ["store", "--level", level], { cwd: dir });
      expect(status).toBe(0);
      sizes.push(readFileSync(join(folder, `${PLACE}.zst`)).byteLength);
      await run("seamless store decompress", ["store"], { cwd: dir });
    }
    expect(sizes[1]).not.toBe(sizes[0]);
    const wrong = await run("seamless store compress", ["store", "--coding", "gzip", "--level", "19"], { cwd: dir });
    expect(wrong).toMatchObject({
      status: 2,
      out: "",
      err: expect.stringContaining("--level takes a whole number from 1 to 9"),
    });
  });

  test("what is corrupt is reported, and left", async ({ dir }) => {
    const folder = await makeStore(dir);
    writeFileSync(join(folder, PLACE), "x".repeat(1000));
    const before = snapshot(dir);
    const { status, out, err } = await run("seamless store compress", ["store"], { cwd: dir });
    expect({ status, out }).toEqual({
      status: 1,
      out: `${folder}: compressed 0 buffers, 0 B to 0 B; 1 left as they were; 1 failed\n`,
    });
    expect(err).toContain(`the bytes of ${HEX} have the checksum`);
    expect(snapshot(dir)).toEqual(before);
    const { out: json } = await run("seamless store compress", ["store", "--json"], { cwd: dir });
    expect(jsonLines(json)).toMatchObject([
      { path: HEX, error: { code: "CHECKSUM_MISMATCH" } },
      { compressed: 0, failed: 1 },
    ]);
  });

  test("only a folder, which must be there", async ({ dir }) => {
    const server = await serving([join(dir, "served"), "--writable"]);
    for (const name of ["seamless store compress", "seamless store decompress"] as const) {
      const verb = name.split(" ").at(-1);
      const served = await run(name, [server.url], { cwd: dir });
      expect(served).toMatchObject({ status: 2, err: expect.stringContaining(`is no folder: ${verb} that which it`) });
      const missing = await run(name, ["missing"], { cwd: dir });
      expect(missing).toMatchObject({ status: 1, out: "", err: expect.stringContaining("no such") });
    }
    await server.stop();
  });
});
