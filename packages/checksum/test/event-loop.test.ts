import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { expect, test } from "vitest";
import { countTurns } from "../../../tools/build/turns.ts";
import { checksumFile } from "../src/node/index.ts";
import { tempDir } from "./support/temp.ts";

/** Longest time between two turns of a timer of 1 ms while a promise is pending, in ms. */
async function longestWait(work: () => Promise<unknown>): Promise<number> {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  await work();
  histogram.disable();
  expect(histogram.count).toBeGreaterThan(10);
  return histogram.max / 1e6;
}

const SIZE = 2 ** 28;

function largeFile(): string {
  const path = join(tempDir(), "file");
  writeFileSync(path, "");
  truncateSync(path, SIZE);
  return path;
}

test("the event loop has a turn for each 3 MiB of a file that are hashed: under 10 ms without help of the hardware", async () => {
  const path = largeFile();
  const { hashed, mostHashed } = await countTurns(() => checksumFile(path));
  expect(hashed).toBe(SIZE);
  expect(mostHashed).toBeLessThanOrEqual(3 * 2 ** 20);
});

// To read 256 MiB at once would take longer, on any machine. Other processes can hold this one up, and never make it faster:
// the best of some tries counts.
test("nothing else keeps it waiting for over 50 ms", async () => {
  const path = largeFile();
  const waits: number[] = [];
  while (waits.length < 12 && !waits.some((wait) => wait <= 50)) {
    waits.push(await longestWait(() => checksumFile(path)));
  }
  expect(Math.min(...waits)).toBeLessThanOrEqual(50);
});
