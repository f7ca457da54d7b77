/**
 * What else an expression could be, as bits: the grammar has the same texts as expressions and as what is assigned to
 * or deleted, and only what comes after them tells which.
 */
export const NOTHING = 0;
/** A name without parentheses. */
export const BARE_NAME = 1;
/** A name, attribute or item, maybe in parentheses: for `+=` and annotations. */
export const SINGLE = 2;
/** Of that, or a tuple or list of such: for `=`. */
export const TARGET = 4;
/** As a target, but without stars in it: for `del`. */
export const DELETABLE = 8;

/** An attribute or an item. */
export const PLACE = SINGLE | TARGET | DELETABLE;
