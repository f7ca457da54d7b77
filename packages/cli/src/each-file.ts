import { stat } from "node:fs/promises";
import type { Call } from "./command.ts";

/** One file of a command's operands; passed on as it is to `checksumFile`. */
export interface FileJob {
  readonly path: string;
  readonly signal: AbortSignal;
  readonly onProgress: ((bytes: number, totalBytes: number) => void) | undefined;
}

/**
 * Do something with each operand, in order. One that fails is reported, and the rest is done all the same.
 *
 * @returns whether none failed.
 */
export async function eachFile(call: Call, work: (job: FileJob) => Promise<void>): Promise<boolean> {
  const { operands, console, signal } = call;
  const progress = console.progress();
  const totalBytes = progress === undefined ? 0 : await totalSize(operands);
  let before = 0;
  let ok = true;
  for (const [files, path] of operands.entries()) {
    let bytes = 0;
    const onProgress =
      progress &&
      ((now: number) => {
        bytes = now;
        progress.update({ files, totalFiles: operands.length, bytes: before + bytes, totalBytes });
      });
    try {
      await work({ path, signal, onProgress });
    } catch (error) {
      signal.throwIfAborted();
      console.report(error, path);
      ok = false;
    }
    before += bytes;
    progress?.update({ files: files + 1, totalFiles: operands.length, bytes: before, totalBytes });
  }
  return ok;
}

/** Of the files that are there; 0 if standard input, whose size nobody knows, is among them. */
async function totalSize(paths: readonly string[]): Promise<number> {
  if (paths.includes("-")) return 0;
  const sizes = await Promise.allSettled(paths.map((path) => stat(path)));
  return sizes.reduce((sum, size) => sum + (size.status === "fulfilled" ? size.value.size : 0), 0);
}
