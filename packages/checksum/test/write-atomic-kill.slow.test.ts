import { once } from "node:events";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findLeftovers, writeAtomic } from "../src/node/index.ts";
import { startChild } from "./support/child.ts";
import { tempDir } from "./support/temp.ts";

const KILLS = 30;
const SIZE = 300_000;
const contents = ["a", "b"].map((letter) => letter.repeat(SIZE));

/** Writes the two contents by turns until it is killed, and says when a write begins. */
const WRITER = `
  import { writeSync } from "node:fs";
  import { writeAtomic } from "@seamless/checksum/node";
  const [path, size] = process.argv.slice(2);
  const contents = ["a", "b"].map((letter) => letter.repeat(Number(size)));
  for (let i = 0; ; i++) {
    writeSync(1, ".");
    await writeAtomic(path, contents[i % 2]);
  }
`;

test("killed at any moment, a writer leaves the file whole", async () => {
  const folder = tempDir();
  const work = tempDir();
  const left: string[] = [];
  await writeAtomic(join(folder, "file"), contents[0]!);
  // As many as it takes to come in the middle of a write at least once; on a busy machine few do.
  for (let kill = 0; kill < KILLS || (left.length === 0 && kill < 20 * KILLS); kill++) {
    const child = startChild(work, WRITER, { args: [join(folder, "file"), String(SIZE)] });
    const closed = once(child, "close");
    // A write has begun some signals ago: how far it is by now is anybody's guess.
    let begun = 0;
    for await (const dots of child.stdout!) {
      begun += (dots as Buffer).length;
      if (begun > kill % 7) break;
    }
    child.kill("SIGKILL");
    const [, signal] = await closed;
    expect(signal).toBe("SIGKILL");
    expect(contents).toContain(readFileSync(join(folder, "file"), "utf8"));
    const leftovers = await findLeftovers([join(folder, "file")]);
    for (const path of leftovers) rmSync(path);
    expect(readdirSync(folder)).toEqual(["file"]);
    left.push(...leftovers);
  }
  expect(left.length).toBeGreaterThan(0);
});
