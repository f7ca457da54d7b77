import { formatBytes } from "./progress.ts";

/** `1 file`, `2 files`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** How much it is: `2 files, 1.20 kB`. */
export function amount(count: number, noun: string, bytes: number): string {
  return `${plural(count, noun)}, ${formatBytes(bytes)}`;
}
