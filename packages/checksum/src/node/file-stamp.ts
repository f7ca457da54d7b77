import { type BigIntStats, type Stats, statfsSync } from "node:fs";

/**
 * What tells whether a file is still the one that was read: its device, its inode (in two halves of 32 bits: Windows and
 * overlays number beyond what a JavaScript number holds), its size in bytes, and the times of its last change (`mtime`, which
 * anyone may set back, and `ctime`, which nobody can), in milliseconds.
 *
 * Node has times in nanoseconds as `bigint`s only, which would take as long again as all else; as numbers they are exact to a
 * quarter of a microsecond. That is enough here: only what had been at rest for `TICK` when it was read is remembered, so a
 * later change shows in a `ctime` that is later by that at least.
 */
export const STAMP = 6;

const HALF = 2 ** 32;

/**
 * @param exact - Looks again, in `bigint`s.
 * @param into - Gets `STAMP` numbers.
 */
export function writeStamp(stats: Stats, exact: () => BigIntStats, into: Float64Array): void {
  const { dev, ino, size, mtimeMs, ctimeMs } = stats;
  into[0] = dev;
  if (Number.isSafeInteger(ino)) {
    into[1] = Math.floor(ino / HALF);
    into[2] = ino % HALF;
  } else {
    const whole = BigInt.asUintN(64, exact().ino);
    into[1] = Number(whole >> 32n);
    into[2] = Number(whole & 0xffff_ffffn);
  }
  into[3] = size;
  into[4] = mtimeMs;
  into[5] = ctimeMs;
}

/** Is a stamp among numbers, from `at` on? */
export function isSameStamp(numbers: Float64Array, at: number, stamp: Float64Array): boolean {
  for (let i = 0; i < STAMP; i++) if (numbers[at + i] !== stamp[i]) return false;
  return true;
}

/**
 * In ms: no clock that file systems take their times from ticks more rarely (Linux: 10 ms at the most, Windows: 16 ms). What
 * changed within this time before it was read may change again, and look as before.
 */
const TICK = 100;

/**
 * File systems without lasting inodes, without a time of change that users cannot set, or with coarse times, by their numbers
 * in Linux (`statfs(2)`): FAT, exFAT, FUSE, SMB, CIFS and 9P. Elsewhere these numbers mean nothing, and none is so small.
 */
const UNFIT: ReadonlySet<number> = new Set([
  0x4d44, 0x2011bab0, 0x65735546, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997,
]);

/** Why the checksum of a file is not remembered: it changed just now, or its file system does not tell of all changes. */
export type Doubt = "young" | "unfit";

/**
 * Makes a function that tells whether a change to a file would show in its stamp.
 *
 * @param now - When the reading began, in ms since 1970.
 * @returns `undefined` if it would.
 */
export function createDoubts(now: number): (path: string, stamp: Float64Array, at: number) => Doubt | undefined {
  // By device: one directory may have several mounted in it.
  const unfit = new Map<number, boolean>();
  return (path, stamp, at) => {
    const device = stamp[at]!;
    const change = stamp[at + 5]!;
    if (!unfit.has(device)) unfit.set(device, isUnfit(path));
    // A clock that has nothing below seconds: by chance, one time in millions would be a whole one.
    if (unfit.get(device) || (stamp[at + 1] === 0 && stamp[at + 2] === 0) || change % 1000 === 0) return "unfit";
    // Also what changed in the future, by our clock.
    return change + TICK < now ? undefined : "young";
  };
}

function isUnfit(path: string): boolean {
  try {
    return UNFIT.has(Number(statfsSync(path).type));
  } catch {
    // It is not there any more, or the system does not tell: then nothing is relied on.
    return true;
  }
}
