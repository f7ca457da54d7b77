import { lstat, opendir } from "node:fs/promises";
import { join } from "node:path";
import { unlinkFile } from "@seamless/internal/files";
import { isLeft } from "./layout.ts";

/** What is younger may still be in use, in milliseconds. */
export const LEFTOVER_AGE = 3_600_000;

/**
 * Removes temporary files and locks that killed stores and hashservers have left in the folders that are written to: once an
 * hour in each, in the background.
 */
export class Sweeper {
  readonly #swept = new Map<string, number>();
  readonly #running = new Set<Promise<void>>();

  /** Begins to clean up a folder, unless that was done less than an hour ago. */
  sweepIfDue(folder: string): void {
    const now = Date.now();
    if (now - (this.#swept.get(folder) ?? Number.NEGATIVE_INFINITY) < LEFTOVER_AGE) return;
    this.#swept.set(folder, now);
    // Nothing depends on it: what cannot be removed now (another process may be faster) is left for the next time.
    const sweep = removeLeftovers(folder, now).catch(() => undefined);
    const running = sweep.then(() => void this.#running.delete(running));
    this.#running.add(running);
  }

  /** Waits until nothing is being removed. */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }
}

async function removeLeftovers(folder: string, now: number): Promise<void> {
  for await (const { name } of await opendir(folder, { bufferSize: 256 })) {
    if (!isLeft(name)) continue;
    const path = join(folder, name);
    const stats = await lstat(path).catch(() => undefined);
    if (stats?.isFile() && now - stats.mtimeMs > LEFTOVER_AGE) await unlinkFile(path).catch(() => undefined);
  }
}
