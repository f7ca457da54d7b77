import { type PathLike, readFileSync } from "node:fs";
import { lstat, realpath } from "node:fs/promises";
import { dirname } from "node:path";

/** Where file systems are mounted, as far as the system tells: absolute paths, without links. */
export function mountPoints(): ReadonlySet<string> {
  let table: string;
  try {
    table = readFileSync("/proc/self/mountinfo", "utf8");
  } catch {
    return new Set();
  }
  const points = table.split("\n").map((line) => line.split(" ")[4] ?? "");
  // White space and backslashes are written as three octal digits.
  return new Set(
    points.map((point) => point.replace(/\\(\d{3})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 8)))),
  );
}

/** Is a file system mounted there? A folder that lies on another one than its parent is one, bound or not. */
export async function isMountPoint(folder: string, points: ReadonlySet<string>): Promise<boolean> {
  const real = await realpath(folder);
  if (points.has(real)) return true;
  const [own, parent] = await Promise.all([deviceOf(real), deviceOf(dirname(real))]);
  return own !== parent;
}

async function deviceOf(path: PathLike): Promise<number> {
  return (await lstat(path)).dev;
}
