import { once } from "node:events";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, watch } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { type CommandName, run, start } from "./support/commands.ts";
import { indexOf, list, sha256, writeTree } from "./support/files.ts";
import { test } from "./support/test.ts";

const FILES = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`file-${i}`, String(i).repeat(1 + i)]));
const CHECKSUM = sha256(indexOf(FILES));
/** Of each command, over its tests. */
const KILLS = 100;
const LINKS = ["hard", "sym"];
const DOWNLOADS = [[], ["--link", "hard"], ["--link", "sym"]];

const WARNING = {
  hard: "warning: editing a file that is a hard link corrupts the store",
  sym:
    "warning: editing a file that is a symbolic link corrupts the store, and the files lie in the store alone: " +
    "store compress, store gc and store rm take them away",
};

/** All that is below a folder of buffers, but for the names of the folders. */
function buffersIn(store: string): string[] {
  const entries = readdirSync(store, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /^[0-9a-f]{64}/.test(entry.name))
    .map(({ name }) => name)
    .sort();
}

/**
 * Runs a command and kills it: by turns after a random part of the time that it takes, and at one of the changes in a folder.
 *
 * @returns whether that came before its end.
 */
async function isKilled(
  name: CommandName,
  args: readonly string[],
  dir: string,
  when: { readonly time: number } | { readonly folder: string; readonly changes: number },
) {
  const child = start(name, args, { cwd: dir });
  const kill = () => child.kill("SIGKILL");
  let stop: () => void;
  if ("time" in when) {
    const timer = setTimeout(kill, Math.random() * when.time);
    stop = () => clearTimeout(timer);
  } else {
    let changes = Math.ceil(Math.random() * when.changes);
    const watcher = watch(when.folder, { recursive: true }, () => {
      if (--changes === 0) kill();
    });
    stop = () => watcher.close();
  }
  await once(child, "close");
  stop();
  return child.signalCode === "SIGKILL";
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Kills a command so often; after each three rounds, with `true`, it is to be run to its end. */
async function killOften(
  name: CommandName,
  args: readonly string[],
  dir: string,
  folder: string,
  { kills, fresh, check }: { readonly kills: number; fresh(): void; check(rerun: boolean): Promise<void> },
) {
  fresh();
  const time = await timeOf(() => run(name, args, { cwd: dir }));
  for (let [killed, round] = [0, 0]; killed < kills; round++) {
    if (round % 3 === 0) fresh();
    const when = round % 2 === 0 ? { folder: join(dir, folder), changes: 150 } : { time };
    if (await isKilled(name, args, dir, when)) killed++;
    await check(round % 3 === 2);
  }
  await check(true);
}

const TIMEOUT = 1_200_000;

describe.concurrent("killed at any moment", { timeout: TIMEOUT }, () => {
  test.for(LINKS)("upload --link %s loses no file, and the next run completes it", async (kind, { dir }) => {
    const store = join(dir, "store");
    const args = ["--link", kind, "--store", "store", "--quiet", "d"];
    await killOften("seamless upload", args, dir, kind === "sym" ? "d" : "store", {
      kills: KILLS / LINKS.length,
      fresh() {
        for (const name of ["d", "store"]) rmSync(join(dir, name), { recursive: true, force: true });
        writeTree(join(dir, "d"), FILES);
        mkdirSync(store);
      },
      async check(rerun) {
        // Each has its bytes, through a link or not.
        for (const [name, content] of Object.entries(FILES)) {
          expect(readFileSync(join(dir, "d", name), "utf8")).toBe(content);
        }
        if (!rerun) return;
        const warning = `seamless upload: ${WARNING[kind as keyof typeof WARNING]}\n`;
        expect(await run("seamless upload", args, { cwd: dir })).toEqual({
          status: 0,
          out: `${CHECKSUM}\n`,
          // Nothing may be left to link.
          err: expect.toBeOneOf(["", warning]),
        });
        expect(list(join(dir, "d"))).toEqual(Object.keys(FILES).sort());
      },
    });
    expect(await run("seamless-checksum-index", ["--verify", "d"], { cwd: dir })).toMatchObject({ status: 0 });
    expect((await run("seamless store verify", [store])).status).toBe(0);
  });

  test.for(DOWNLOADS)("download %j leaves whole files, and the next run completes it", async (link, { dir }) => {
    writeTree(join(dir, "d"), FILES);
    expect((await run("seamless upload", ["--store", "store", "d"], { cwd: dir })).status).toBe(0);
    const args = [...link, "--store", "store", "--quiet", "d.INDEX", "-o", "copy"];
    await killOften("seamless download", args, dir, "copy", {
      kills: Math.ceil(KILLS / DOWNLOADS.length),
      fresh() {
        rmSync(join(dir, "copy"), { recursive: true, force: true });
        mkdirSync(join(dir, "copy"));
      },
      async check(rerun) {
        for (const name of list(join(dir, "copy"))) {
          if (!name.endsWith(".tmp")) expect(readFileSync(join(dir, "copy", name), "utf8")).toBe(FILES[name]);
        }
        if (!rerun) return;
        expect((await run("seamless download", args, { cwd: dir })).status).toBe(0);
        const index = await run("seamless-checksum-index", ["--dry-run", "copy"], { cwd: dir });
        expect(index).toEqual({ status: 0, out: `${CHECKSUM}\n`, err: "" });
      },
    });
    for (const name of Object.keys(FILES)) {
      if (link.length > 0) expect(statSync(join(dir, "copy", name)).mode & 0o222).toBe(0);
    }
    expect(list(dir)).toEqual(["copy", "d", "d.CHECKSUM", "d.INDEX", "store"]);
    expect((await run("seamless store verify", [join(dir, "store")])).status).toBe(0);
  });

  test("store gc removes nothing that is kept, and the next run completes it", async ({ dir }) => {
    writeTree(join(dir, "d"), FILES);
    const waste = Object.fromEntries(Object.entries(FILES).map(([name, content]) => [name, `${content} `]));
    writeTree(join(dir, "waste"), waste);
    const args = ["--keep", "d.INDEX", "--min-age", "0", "--yes", "--quiet", "store"];
    const upload = (...what: string[]) => run("seamless upload", ["--store", "full", ...what], { cwd: dir });
    expect((await upload("d")).status).toBe(0);
    const kept = buffersIn(join(dir, "full"));
    expect((await upload("--no-index", "waste")).status).toBe(0);
    expect(buffersIn(join(dir, "full")).length).toBeGreaterThan(kept.length + 99);
    await killOften("seamless store gc", args, dir, "store", {
      kills: KILLS,
      fresh() {
        rmSync(join(dir, "store"), { recursive: true, force: true });
        cpSync(join(dir, "full"), join(dir, "store"), { recursive: true });
      },
      async check(rerun) {
        const store = buffersIn(join(dir, "store"));
        expect(kept.filter((name) => !store.includes(name))).toEqual([]);
        if (!rerun) return;
        expect(await run("seamless store gc", args, { cwd: dir })).toMatchObject({ status: 0, err: "" });
        expect(buffersIn(join(dir, "store"))).toEqual(kept);
      },
    });
    expect((await run("seamless store verify", [join(dir, "store")])).status).toBe(0);
  });
});
