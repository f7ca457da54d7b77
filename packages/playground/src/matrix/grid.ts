import { CELLTYPES, type Celltype } from "@seamless/celltypes";
import type { Verdict } from "@seamless/conversion/explain";

/** A place in the matrix: what the buffer is, and what it is to become. */
export interface Pair {
  readonly source: Celltype;
  readonly target: Celltype;
}

/** By verdict: its letter in the matrix, so that colour alone never tells, and its title in the legend. */
export const SIGNS: Readonly<Record<Verdict, readonly [letter: string, title: string]>> = {
  trivial: ["=", "trivial"],
  reinterpret: ["?", "reinterpret"],
  reformat: ["→", "reformat"],
  possible: ["~", "possible"],
  value: ["v", "by value"],
  forbidden: ["×", "forbidden"],
};

const LAST = CELLTYPES.length - 1;

/** What a key does to a place, by row and column; out of the matrix leads nowhere. */
const MOVES: Readonly<Record<string, (row: number, column: number) => readonly [row: number, column: number]>> = {
  ArrowLeft: (row, column) => [row, column - 1],
  ArrowRight: (row, column) => [row, column + 1],
  ArrowUp: (row, column) => [row - 1, column],
  ArrowDown: (row, column) => [row + 1, column],
  Home: (row) => [row, 0],
  End: (row) => [row, LAST],
  PageUp: (_, column) => [0, column],
  PageDown: (_, column) => [LAST, column],
};
/** The same, with the control key. */
const CONTROL_MOVES: typeof MOVES = { Home: () => [0, 0], End: () => [LAST, LAST] };

/**
 * Where a key leads in the matrix, as in every grid.
 *
 * @returns undefined for a key that is for something else.
 */
export function moveByKey({ source, target }: Pair, { key, ctrlKey }: Pick<KeyboardEvent, "key" | "ctrlKey">) {
  const moves = ctrlKey ? CONTROL_MOVES : MOVES;
  if (!Object.hasOwn(moves, key)) return undefined;
  const [row, column] = moves[key]!(CELLTYPES.indexOf(source), CELLTYPES.indexOf(target));
  const clamp = (at: number) => CELLTYPES[Math.max(0, Math.min(LAST, at))]!;
  return { source: clamp(row), target: clamp(column) } satisfies Pair;
}

/** A pair in the address of the page: `plain.binary`. */
export function writePair({ source, target }: Pair): string {
  return `${source}.${target}`;
}

/** @returns undefined for what is no pair: it may come from anybody. */
export function readPair(text: string | undefined): Pair | undefined {
  const [source, target, ...others] = (text ?? "").split(".").map((name) => CELLTYPES.find((each) => each === name));
  return source === undefined || target === undefined || others.length > 0 ? undefined : { source, target };
}
