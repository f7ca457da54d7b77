import { lstat, opendir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { isUnfinished } from "./forms.ts";

/** What is younger may still be written, in milliseconds. */
export const LEFTOVER_AGE = 3_600_000;

/**
 * Removes what killed writers, and hashservers, have left in the folders that are written to: in each once an hour, behind
 * the back of the writer.
 */
export class Sweeper {
  readonly #swept = new Map<string, number>();
  readonly #running = new Set<Promise<void>>();

  /** A folder is being written to. */
  touch(folder: string): void {
    const now = Date.now();
    if (now - (this.#swept.get(folder) ?? Number.NEGATIVE_INFINITY) < LEFTOVER_AGE) return;
    this.#swept.set(folder, now);
    // Nothing depends on it: what cannot be looked at or removed now (another sweeper may be faster) is left for the next.
    const sweep = removeLeftovers(folder, now).catch(() => undefined);
    const running = sweep.then(() => void this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves when nothing is being removed. */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }
}

async function removeLeftovers(folder: string, now: number): Promise<void> {
  for await (const { name } of await opendir(folder, { bufferSize: 256 })) {
    if (!isUnfinished(name)) continue;
    const path = join(folder, name);
    const stats = await lstat(path).catch(() => undefined);
    if (stats?.isFile() && now - stats.mtimeMs > LEFTOVER_AGE) await unlink(path).catch(() => undefined);
  }
}
