import { lstatSync } from "node:fs";
import { dirname, join } from "node:path";
import { FORMS } from "../encoding/forms.ts";
import { fileOf, LOCK_SUFFIX, type Place } from "./layout.ts";
import { LOCK_LIFE } from "./other-writers.ts";
import { isSurelyReadable } from "./readable.ts";

/*
 * Lengths of buffers by calls that are made at once, in a thread of its own: a look takes a microsecond, and fifteen through
 * Node's pool of threads.
 */

/** Buffers that are looked for in a folder. */
export interface LookList {
  readonly place: Place;
  /** Their checksums: 64 hex digits each, one after the other. */
  readonly hexes: string;
}

/** In place of a length: proven not to be there, or to be looked at closer in another way. */
export const MISSING = -1;
export const UNSETTLED = -2;

const HEX = 64;

/**
 * Where a disk is slow (on a network), looks are better made several at a time: once all so far took longer than so many
 * microseconds each, and a moment in ms in which the thread may not have had a processor, the others are left.
 */
const SLOW = 50;
const MOMENT = 20;

/** How many are made before that is looked at again. */
const TRIAL = 32;

/**
 * @param moment - In milliseconds.
 * @returns the length of each in bytes, `MISSING` or `UNSETTLED`.
 */
export function lookNow({ place, hexes }: LookList, moment = MOMENT): Float64Array {
  const count = hexes.length / HEX;
  const hexOf = (i: number) => hexes.slice(i * HEX, (i + 1) * HEX);
  const found = new Float64Array(count).fill(UNSETTLED);
  const young: number[] = [];
  const life = Date.now() - LOCK_LIFE;
  const start = performance.now();
  for (let i = 0; i < count; i++) {
    const look = lookForOne(place, hexOf(i));
    found[i] = look.length;
    if (look.modified > life) young.push(i);
    if ((i + 1) % TRIAL === 0 && performance.now() - start > moment + ((i + 1) * SLOW) / 1000) break;
  }
  // A program makes its lock before the file: who has seen the file and then sees no lock knows that it is whole.
  const isLocked = lockFinder(place);
  for (const i of young) if (isLocked(fileOf(place, hexOf(i)))) found[i] = UNSETTLED;
  return found;
}

const NEVER = Number.NEGATIVE_INFINITY;

/** Looks for the plain form; also when it was last written, in milliseconds since 1970. */
function lookForOne(place: Place, hex: string): { readonly length: number; readonly modified: number } {
  const file = fileOf(place, hex);
  try {
    const stats = lstatSync(file, { throwIfNoEntry: false });
    if (stats === undefined) return { length: isAbsent(place, file) ? MISSING : UNSETTLED, modified: NEVER };
    // A link, or a file that perhaps we may not read, takes a closer look.
    const isPlain = stats.isFile() && isSurelyReadable(stats);
    return isPlain ? { length: stats.size, modified: stats.mtimeMs } : { length: UNSETTLED, modified: NEVER };
  } catch {
    // The closer look finds out what is wrong.
    return { length: UNSETTLED, modified: NEVER };
  }
}

/** Is there no other form either? In folders with files of both layouts, it may lie elsewhere. */
function isAbsent(place: Place, file: string): boolean {
  if (place.also !== undefined) return false;
  // The plain form comes last: it may have replaced another one after it was looked for.
  return !SUFFIXES.some((suffix) => exists(file + suffix));
}

const SUFFIXES = [...FORMS.slice(1), FORMS[0]!].map(({ suffix }) => suffix);

/** Throws what else is wrong. */
function exists(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

/** @returns a function that tells whether a file has a lock, be it left behind; those of folders are looked for once. */
function lockFinder({ root }: Place): (file: string) => boolean {
  const folders = new Map<string, boolean>();
  const isLocked = (folder: string) => {
    const known = folders.get(folder) ?? mayExist(join(folder, LOCK_SUFFIX));
    folders.set(folder, known);
    return known;
  };
  return (file) => mayExist(file + LOCK_SUFFIX) || isLocked(dirname(file)) || isLocked(root);
}

function mayExist(file: string): boolean {
  try {
    return exists(file);
  } catch {
    return true;
  }
}
