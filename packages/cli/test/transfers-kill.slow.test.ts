import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { run, start } from "./support/commands.ts";
import { indexOf, list, sha256, snapshot, writeTree } from "./support/files.ts";
import { test } from "./support/test.ts";

const FILES = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`file-${i}`, String(i).repeat(1 + i)]));
const CHECKSUM = sha256(indexOf(FILES));
/** Of each test; fifty of uploads and downloads in all. */
const KILLS = 13;

const temporaryFiles = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".tmp"));

/** Runs a command and kills it after a random part of the time that it takes. Returns whether that came before its end. */
async function killed(
  args: readonly string[],
  name: "seamless upload" | "seamless download",
  dir: string,
  time: number,
) {
  const child = start(name, args, { cwd: dir });
  const timer = setTimeout(() => child.kill("SIGKILL"), Math.random() * time);
  await once(child, "close");
  clearTimeout(timer);
  return child.signalCode === "SIGKILL";
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

describe.concurrent("killed at any moment", () => {
  test.for(["hard", "sym"])("upload --link %s loses no file, and the next run completes it", async (kind, { dir }) => {
    const store = join(dir, "store");
    const args = ["--link", kind, "--store", "store", "--quiet", "d"];
    const fresh = () => {
      for (const name of ["d", "store"]) rmSync(join(dir, name), { recursive: true, force: true });
      writeTree(join(dir, "d"), FILES);
    };
    fresh();
    const time = await timeOf(() => run("seamless upload", args, { cwd: dir }));
    let reached = 0;
    for (let round = 0; round < KILLS; round++) {
      if (round % 3 === 0) fresh();
      if (await killed(args, "seamless upload", dir, time)) reached++;
      // Each has its bytes, through a link or not.
      for (const [name, content] of Object.entries(FILES)) {
        expect(readFileSync(join(dir, "d", name), "utf8")).toBe(content);
      }
      if (round % 3 === 2) {
        for (const name of temporaryFiles(join(dir, "d"))) rmSync(join(dir, "d", name));
        expect(await run("seamless upload", args, { cwd: dir })).toEqual({ status: 0, out: `${CHECKSUM}\n`, err: "" });
      }
    }
    expect(reached).toBeGreaterThan(KILLS / 4);
    for (const name of temporaryFiles(join(dir, "d"))) rmSync(join(dir, "d", name));
    expect((await run("seamless upload", args, { cwd: dir })).status).toBe(0);
    expect(await run("seamless-checksum-index", ["--verify", "d"], { cwd: dir })).toMatchObject({ status: 0 });
    expect((await run("seamless store verify", [store])).status).toBe(0);
  });

  test.for([[], ["--link", "hard"]])(
    "download %j leaves whole files, and the next run completes it",
    async (link, { dir }) => {
      writeTree(join(dir, "d"), FILES);
      expect((await run("seamless upload", ["--store", "store", "d"], { cwd: dir })).status).toBe(0);
      const args = [...link, "--store", "store", "--quiet", "d.INDEX", "-o", "copy"];
      const time = await timeOf(() => run("seamless download", args, { cwd: dir }));
      let reached = 0;
      for (let round = 0; round < KILLS; round++) {
        if (round % 3 === 0) rmSync(join(dir, "copy"), { recursive: true, force: true });
        if (await killed(args, "seamless download", dir, time)) reached++;
        const made = existsSync(join(dir, "copy")) ? snapshot(join(dir, "copy")) : {};
        for (const [name, content] of Object.entries(made)) {
          if (!name.endsWith(".tmp")) expect(content).toBe(FILES[name]);
        }
        if (round % 3 === 2) expect((await run("seamless download", args, { cwd: dir })).status).toBe(0);
      }
      expect(reached).toBeGreaterThan(KILLS / 4);
      expect((await run("seamless download", args, { cwd: dir })).status).toBe(0);
      for (const [name, content] of Object.entries(FILES)) {
        expect(readFileSync(join(dir, "copy", name), "utf8")).toBe(content);
        if (link.length > 0) expect(statSync(join(dir, "copy", name)).mode & 0o222).toBe(0);
      }
      expect(list(dir)).toEqual(["copy", "d", "d.CHECKSUM", "d.INDEX", "store"]);
      expect((await run("seamless store verify", [join(dir, "store")])).status).toBe(0);
    },
  );
});
