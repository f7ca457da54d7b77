import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Checksum } from "@seamless/checksum";
import { directoryStore } from "@seamless/remote/directory";
import { compare, growth } from "../measure.mjs";
import { run } from "../processes.mjs";
import { inFolder } from "../workplace.mjs";

export const question = "How fast is a folder of buffers listed, with their lengths and times?";

const COUNTS = [1_000, 10_000, 100_000];

export function answer() {
  return inFolder(async (folder) => {
    const folders = new Map(COUNTS.map((count) => [count, join(folder, `${count}`)]));
    for (const [count, at] of folders) writeBuffers(at, count);
    const largest = COUNTS.at(-1) ?? 1;
    const at = folders.get(largest) ?? folder;
    return [
      ...(await compare(
        {
          name: "find -type f -printf '%s %T@ %p'",
          run: () => run("find", at, "-type", "f", "-printf", "%s %T@ %p\n"),
        },
        [{ name: "list of 100,000, each buffer", run: () => list(at) }],
        { rounds: 7, warmup: 1, calls: largest },
      )),
      await growth("list, buffers", COUNTS, (count) => folders.get(count) ?? folder, list, { rounds: 5 }),
    ];
  });
}

/** @param {string} folder */
async function list(folder) {
  const store = directoryStore(folder);
  let count = 0;
  for await (const _ of store.list()) count++;
  await store.close?.();
  return count;
}

/**
 * As a store lays them out, in 256 folders.
 *
 * @param {string} folder
 * @param {number} count
 */
function writeBuffers(folder, count) {
  for (let i = 0; i < count; i++) {
    const text = `${i}`;
    const hex = Checksum.of(new TextEncoder().encode(text)).hex();
    const inner = join(folder, hex.slice(0, 2));
    if (i < 4096) mkdirSync(inner, { recursive: true });
    writeFileSync(join(inner, hex), text);
  }
}
