import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, watch } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { run, start } from "./support/commands.ts";
import { indexOf, list, sha256, writeTree } from "./support/files.ts";
import { test } from "./support/test.ts";

const FILES = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`file-${i}`, String(i).repeat(i)]));
const STATES = ["old", "new"].map((state) => {
  const files = { ...FILES, state };
  const index = indexOf(files);
  return { files, index, checksum: `${sha256(index)}\n` };
});

/**
 * Index `d` over and over while its content goes back and forth between two states, and send each run a signal: by turns
 * at a random moment, and when something changes beside `d`, that is, in the middle of writing.
 *
 * @param least - How many runs the signal is to reach: on a busy machine that takes more rounds, up to ten times as many.
 * @returns what lies beside `d` after each run, and how many runs the signal reached.
 */
async function disturb(dir: string, signal: NodeJS.Signals, rounds: number, least = 0) {
  let duration = 0;
  // The second counts: the first one also waits for the disk.
  for (const { files } of [STATES[1]!, STATES[0]!]) {
    writeTree(join(dir, "d"), files);
    const started = performance.now();
    expect(await run("seamless-checksum-index", ["d"], { cwd: dir })).toMatchObject({ status: 0 });
    duration = performance.now() - started;
  }
  const left: { names: string[]; index: string; checksum: string }[] = [];
  let reached = 0;
  for (let round = 1; round <= rounds || (reached < least && round <= 10 * rounds); round++) {
    writeTree(join(dir, "d"), { state: STATES[round % 2]!.files["state"]! });
    const child = start("seamless-checksum-index", ["--quiet", "d"], { cwd: dir });
    const disarm =
      round % 2 === 0 ? killLater(child, signal, Math.random() * duration) : killOnWrite(child, signal, dir);
    await once(child, "close");
    disarm();
    if (child.exitCode !== 0) reached++;
    const read = (name: string) => readFileSync(join(dir, name), "utf8");
    left.push({ names: list(dir), index: read("d.INDEX"), checksum: read("d.CHECKSUM") });
  }
  return { left, reached };
}

function killLater(child: ChildProcess, signal: NodeJS.Signals, delay: number): () => void {
  const timer = setTimeout(() => child.kill(signal), delay);
  return () => clearTimeout(timer);
}

/** At one of the first few changes: the temporary file is made, filled, renamed, and the same for the next file. */
function killOnWrite(child: ChildProcess, signal: NodeJS.Signals, dir: string): () => void {
  let changes = Math.ceil(Math.random() * 6);
  const watcher = watch(dir, (_, name) => {
    if (name !== "d" && --changes === 0) child.kill(signal);
  });
  return () => watcher.close();
}

const WHOLE = expect.objectContaining({
  index: expect.toBeOneOf(STATES.map(({ index }) => index)),
  checksum: expect.toBeOneOf(STATES.map(({ checksum }) => checksum)),
});

describe.concurrent("a run that is stopped at any moment", { timeout: 600_000 }, () => {
  test("by SIGKILL leaves whole files, old or new, and the next run mends everything", async ({ dir }) => {
    const least = 7;
    const { left, reached } = await disturb(dir, "SIGKILL", 26, least);
    expect(left).toEqual(left.map(() => WHOLE));
    expect(reached).toBeGreaterThanOrEqual(least);
    const { status } = await run("seamless-checksum-index", ["d"], { cwd: dir });
    expect(status).toBe(0);
    expect(list(dir)).toEqual(["d", "d.CHECKSUM", "d.INDEX"]);
    expect(await run("seamless-checksum-index", ["--verify", "d"], { cwd: dir })).toEqual({
      status: 0,
      out: "d: OK, 401 files\n",
      err: "",
    });
  });

  test("by Ctrl-C leaves whole files and nothing else", async ({ dir }) => {
    const { left } = await disturb(dir, "SIGINT", 8);
    expect(left).toEqual(left.map(() => WHOLE));
    expect(left.map(({ names }) => names)).toEqual(left.map(() => ["d", "d.CHECKSUM", "d.INDEX"]));
  });
});
