import { type IndexDirectoryOptions, type IndexPaths, indexPaths, type SkippedFile } from "@seamless/checksum/node";
import type { Call } from "./command.ts";
import { printable } from "./printable.ts";
import { usable } from "./usable.ts";

/**
 * Where the index of an operand lies.
 *
 * @throws {UsageError} for one that nothing lies beside.
 */
export function usablePaths(operand: string): IndexPaths {
  return usable(() => indexPaths(operand));
}

export function indexOptions({ console, signal }: Call): IndexDirectoryOptions {
  const progress = console.progress();
  return { signal, onProgress: progress && ((state) => progress.update(state)) };
}

export function noteSkipped({ console }: Call, skipped: readonly SkippedFile[]): void {
  for (const { path, kind } of skipped) console.note(`skipped ${printable(path)}: it is a ${kind}`);
}
