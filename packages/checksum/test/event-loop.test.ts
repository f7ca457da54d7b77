import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { expect, test } from "vitest";
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

// Other processes can hold this one up, and never make it faster: the best of some tries counts.
test("the event loop never waits over 10 ms while 256 MiB are hashed", async () => {
  const path = join(tempDir(), "file");
  writeFileSync(path, "");
  truncateSync(path, 2 ** 28);
  const waits: number[] = [];
  while (waits.length < 12 && !waits.some((wait) => wait <= 10)) {
    waits.push(await longestWait(() => checksumFile(path)));
  }
  expect(Math.min(...waits)).toBeLessThanOrEqual(10);
});
