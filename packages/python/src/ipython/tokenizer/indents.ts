import type { Source } from "./source.ts";

/** Python allows no deeper indentation. */
const MAX_INDENTS = 100;

/** The indentation that lines are at: a stack that is shared, never changed. */
export interface Indents {
  readonly parent: Indents | undefined;
  readonly depth: number;
  /** Width with a tab stop every eight columns. */
  readonly width: number;
  /** Width with tabs as one column: both must tell the same story. */
  readonly narrow: number;
}

export const NO_INDENTS: Indents = { parent: undefined, depth: 0, width: 0, narrow: 0 };

export function sameIndents(a: Indents | undefined, b: Indents | undefined): boolean {
  let left = a;
  let right = b;
  while (left !== right) {
    if (left === undefined || right === undefined) return false;
    if (left.width !== right.width || left.narrow !== right.narrow) return false;
    left = left.parent;
    right = right.parent;
  }
  return true;
}

/**
 * The indentation of a line of the given width, which is the same, one step deeper, or some outer one.
 *
 * @throws SeamlessError where Python has an IndentationError or a TabError.
 */
export function indentTo(indents: Indents, width: number, narrow: number, source: Source): Indents {
  if (width > indents.width) {
    if (indents.depth + 1 >= MAX_INDENTS) throw source.refuse("too many levels of indentation");
    if (narrow <= indents.narrow) throw inconsistent(source);
    return { parent: indents, depth: indents.depth + 1, width, narrow };
  }
  let outer = indents;
  while (outer.parent !== undefined && width < outer.width) outer = outer.parent;
  if (width !== outer.width) throw source.refuse("unindent does not match any outer indentation level");
  if (narrow !== outer.narrow) throw inconsistent(source);
  return outer;
}

const inconsistent = (source: Source) => source.refuse("inconsistent use of tabs and spaces in indentation");
