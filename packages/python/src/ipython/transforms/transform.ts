import type { LogicalLine } from "../logical-line.ts";

/** Where a transform wants to work; rows and columns count from 0. */
export interface Match {
  readonly row: number;
  readonly column: number;
  /** The last line of it, where the transform needs to know. */
  readonly endRow?: number;
  /** IPython does not survive finding this, wherever it comes in the order. */
  readonly fatal?: string;
}

/** Lines that a transform replaces by one. */
export interface Replacement {
  readonly row: number;
  readonly count: number;
  readonly line: string;
  /** How many passes of IPython it stands for. @default 1 */
  readonly passes?: number;
}

/** A piece of IPython syntax and what becomes of it. */
export interface Transform {
  /** Of two that match at the same place the lower goes first. */
  readonly priority: number;
  /** Does the line have the syntax? Only the first line of a cell that has it counts, in each pass. */
  find(line: LogicalLine, lines: readonly string[]): Match | undefined;
  /**
   * Rewrite it; undefined if it turns out to be something else. That must depend only on the lines that the logical line
   * spans: nobody asks again while they stay the same.
   *
   * @param passes - How many are left.
   */
  apply(lines: readonly string[], match: Match, passes: number): Replacement | undefined;
}
