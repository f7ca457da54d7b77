import {
  appendFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { ended, run, start } from "./support/commands.ts";
import { indexOf } from "./support/files.ts";
import { test } from "./support/test.ts";

const KILLS = 100;
const FILES = 3000;

/** Random, and the same in each run. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * below);
  };
}

describe("index --incremental", () => {
  test(`is right again after each of ${KILLS} kills`, { timeout: 900_000 }, async ({ dir }) => {
    const random = createRandom(7);
    const contents: Record<string, string> = {};
    const data = join(dir, "d");
    mkdirSync(data);
    const set = (name: string, content: string) => {
      contents[name] = content;
      writeFileSync(join(data, name), content);
    };
    for (let i = 0; i < FILES; i++) set(`f${i}`, `${i}`);
    const env = { XDG_CACHE_HOME: join(dir, "cache") };
    const index = async () => {
      const begun = performance.now();
      expect(await run("seamless-checksum-index", ["--incremental", "d"], { cwd: dir, env })).toMatchObject({
        status: 0,
      });
      expect(readFileSync(join(dir, "d.INDEX"), "utf8")).toBe(indexOf(contents));
      return performance.now() - begun;
    };
    let whole = await index();
    for (let killed = 0, round = 0; killed < KILLS; round++) {
      for (let i = 0; i < 5; i++) change(random(FILES));
      const child = start("seamless-checksum-index", ["--incremental", "d"], { cwd: dir, env });
      const timer = setTimeout(() => child.kill("SIGKILL"), random(whole));
      if ((await ended(child)).status === null) killed++;
      clearTimeout(timer);
      // Now and then: most of the time is theirs.
      if (round % 4 === 3) whole = await index();
    }
    await index();
    const memory = join(dir, "cache/seamless/checksums");
    expect(readdirSync(memory).filter((name) => !name.endsWith(".tmp"))).toHaveLength(1);

    /** In one of the ways that keep the size, or the time. */
    function change(i: number): void {
      const name = `f${i}`;
      const path = join(data, name);
      const { mtime } = lstatSync(path);
      const next = contents[name]!.replace(/./g, () => `${random(10)}`);
      const ways = [
        () => set(name, next),
        () => {
          appendFileSync(path, "x");
          contents[name] += "x";
        },
        () => {
          writeFileSync(`${path}.new`, next);
          renameSync(`${path}.new`, path);
          contents[name] = next;
        },
      ];
      ways[random(ways.length)]!();
      utimesSync(path, mtime, mtime);
    }
  });
});
