import { randomBytes } from "node:crypto";
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { Checksum } from "@seamless/checksum";
import { directoryStore } from "@seamless/remote/directory";
import { compare } from "../measure.mjs";
import { inFolder } from "../workplace.mjs";

export const question = "What does it cost to ask a folder which of many buffers it has?";

const COUNT = 10_000;

/** How many seconds ago the buffers were put; none were, without. */
const CASES = { "just put": 0, "put an hour ago": 3600, missing: undefined };

export async function answer() {
  const rows = [];
  for (const [what, seconds] of Object.entries(CASES))
    rows.push(...(await inFolder((folder) => ask(folder, what, seconds))));
  return rows;
}

/**
 * @param {string} folder
 * @param {string} what
 * @param {number | undefined} seconds
 */
async function ask(folder, what, seconds) {
  const checksums = Array.from({ length: COUNT }, () => new Checksum(randomBytes(32)));
  const files = checksums.map((checksum) => join(folder, checksum.hex().slice(0, 2), checksum.hex()));
  const then = Date.now() / 1000 - (seconds ?? 0);
  for (const [i, file] of files.entries()) {
    mkdirSync(join(folder, checksums[i]?.hex().slice(0, 2) ?? ""), { recursive: true });
    if (seconds === undefined) continue;
    writeFileSync(file, "4 KiB, or anything else");
    utimesSync(file, then, then);
  }
  const store = directoryStore(folder, { layout: "prefix" });
  const can = (/** @type {string} */ file) =>
    access(file).then(
      () => true,
      () => false,
    );
  return compare(
    { name: "fs.access of each, all at once", run: () => Promise.all(files.map(can)) },
    [{ name: `has of 10,000, ${what}`, run: () => store.has(checksums), atMost: 1.5 }],
    { rounds: 15, warmup: 2 },
  );
}
