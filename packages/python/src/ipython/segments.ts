import { SeamlessError } from "@seamless/checksum";
import { FatalError, type Indents, LexicalError, NO_INDENTS, sameIndents } from "../tokenizer/source.ts";
import { Kind, Tokenizer } from "../tokenizer/tokenizer.ts";
import { LogicalLine, levelAfter } from "./logical-line.ts";
import { type Candidate, TRANSFORMS } from "./transforms.ts";

/** Where tokenizing can start: the state of the tokenizer before a line, and IPython's count of brackets. */
interface Checkpoint {
  readonly indents: Indents;
  readonly level: number;
}

/** Lines whose tokens depend only on the checkpoint before them: nearly always one logical line. */
export interface Segment {
  readonly before: Checkpoint;
  readonly rows: number;
  /** The first match of each transform, if any; rows count from the first line of the segment. */
  readonly candidates: readonly Candidate[];
  /** Do the tokens end here? */
  readonly ends: boolean;
  /** The error that IPython fails with because of this segment. */
  readonly failure: SeamlessError | undefined;
  /** The segment after it, unless the tokens end here. */
  next: Segment | undefined;
  /** The segment where the tokens end, once that was looked up. */
  last: Segment | undefined;
  /** Can `Segments` reuse it? Then `other` is another one that starts at the same line. */
  known: boolean;
  other: Segment | undefined;
}

/** A segment, and where it is. */
export interface Place {
  readonly previous: Segment | undefined;
  readonly segment: Segment;
  /** Its first line. */
  readonly row: number;
}

/** How many characters may be tokenized again: part of a second. Only many matches in one huge statement need more. */
const MAX_TOKENIZED_AGAIN = 2_000_000;

/** How many of the segments that start at the same line are compared. */
const MAX_OTHERS = 8;

const NOTHING: readonly Candidate[] = [];
const START: Checkpoint = { indents: NO_INDENTS, level: 0 };

/**
 * Tokenizes a text incrementally and finds IPython syntax in it: when lines are replaced, only these are tokenized
 * again, up to a checkpoint that some earlier segment started from. So a rewritten line that opens a string over all
 * that follows, and the next one that closes it, cost little.
 */
export class Segments {
  first: Segment;
  /** The segment where the tokens end. */
  last: Segment;
  readonly #lines: string[];
  readonly #numbers: readonly number[];
  readonly #tokenizer: Tokenizer;
  readonly #logical = new LogicalLine();
  // IPython's count of brackets at the tokenizer's position.
  #level = 0;
  #tokenizedAgain = 0;
  // The segments below all changes so far, by the number of lines from their first one to the end of the text.
  readonly #known = new Map<number, Segment>();
  // How many lines are below all changes so far.
  #untouched = Number.POSITIVE_INFINITY;

  /**
   * @param lines - The caller changes them, and calls `update` after each change.
   * @param clean - Has the text no NUL and no lone surrogates?
   * @param numbers - The line numbers in the cell, for errors.
   */
  constructor(lines: string[], clean: boolean, numbers: readonly number[]) {
    this.#lines = lines;
    this.#numbers = numbers;
    this.#tokenizer = new Tokenizer(lines, clean);
    this.first = this.#readSegments(START, false);
    this.last = lastOf(this.first);
  }

  /**
   * Tokenize again after lines were replaced by one line.
   *
   * @param place - The segment that the change begins in.
   * @param end - Index after the replaced lines, as it was before the change.
   * @param delta - By how much the number of lines has grown.
   * @returns the same place, with its new segment.
   */
  update({ previous, segment: old, row }: Place, end: number, delta: number): Place {
    const { length } = this.#lines;
    this.#untouched = Math.min(this.#untouched, length - delta - end);
    this.#remember(old, length - delta - row);
    this.#tokenizer.resume(row, old.before.indents);
    const segment = this.#readSegments(old.before, true);
    this.#remember(segment, length - row);
    if (previous === undefined) this.first = segment;
    else previous.next = segment;
    this.last = lastOf(segment);
    return { previous, segment, row };
  }

  /** Read segments up to the end of the tokens or, if it is not the first time, up to a known one. */
  #readSegments(start: Checkpoint, again: boolean): Segment {
    const first = this.#readSegment(start);
    for (let segment = first, before = start; ; ) {
      if (again) this.#countAgain(segment.rows);
      if (segment.ends) return first;
      before = this.#checkpoint(before);
      const known = again ? this.#recall(before) : undefined;
      segment.next = known ?? this.#readSegment(before);
      if (known !== undefined) return first;
      segment = segment.next;
    }
  }

  /** Remember the segments that are below all changes; `left` lines are left from the first one on. */
  #remember(first: Segment, left: number): void {
    let at = left;
    for (let segment: Segment | undefined = first; segment !== undefined && !segment.known; segment = segment.next) {
      if (at <= this.#untouched) {
        segment.known = true;
        segment.other = this.#known.get(at);
        this.#known.set(at, segment);
      }
      at -= segment.rows;
    }
  }

  /** The next segment, if it has been read before. */
  #recall(before: Checkpoint): Segment | undefined {
    const left = this.#lines.length - (this.#tokenizer.row + 1);
    if (left > this.#untouched) return undefined;
    let known = this.#known.get(left);
    for (let i = 0; known !== undefined && i < MAX_OTHERS; i++, known = known.other)
      if (sameCheckpoint(known.before, before)) return known;
    return undefined;
  }

  /** Count what is tokenized again. */
  #countAgain(rows: number): void {
    const end = this.#tokenizer.row + 1;
    for (let row = end - rows; row < end; row++) this.#tokenizedAgain += this.#lines[row]!.length;
    if (this.#tokenizedAgain > MAX_TOKENIZED_AGAIN)
      throw new SeamlessError(
        "TOO_LARGE",
        `too much IPython syntax in one statement: over ${MAX_TOKENIZED_AGAIN} characters would have to be tokenized again`,
        { celltype: "ipython" },
      );
  }

  /** The tokenizer's state; the same object if it has not changed. */
  #checkpoint(before: Checkpoint): Checkpoint {
    const now = { indents: this.#tokenizer.indents, level: this.#level };
    return sameCheckpoint(before, now) ? before : now;
  }

  #readSegment(before: Checkpoint): Segment {
    const tokenizer = this.#tokenizer;
    const first = tokenizer.row + 1;
    const found: Candidate[] = [];
    this.#level = before.level;
    let ends = true;
    let failure: SeamlessError | undefined;
    try {
      ends = this.#readTokens(found, first);
    } catch (error) {
      if (error instanceof LexicalError) {
        if (error.addsToken) this.#logical.pushError();
        this.#find(found, first);
      } else if (error instanceof FatalError) failure = this.#cellError(error);
      else throw error;
    }
    const fatal = found.find(({ match }) => match.fatal !== undefined)?.match;
    if (fatal) failure ??= this.#cellError({ message: fatal.fatal!, row: first + fatal.row, column: fatal.column });
    const candidates = found.length > 0 ? found : NOTHING;
    const rows = tokenizer.row + 1 - first;
    return {
      before,
      rows,
      candidates,
      ends,
      failure,
      next: undefined,
      last: undefined,
      known: false,
      other: undefined,
    };
  }

  #cellError({ message, row, column }: Pick<FatalError, "message" | "row" | "column">): SeamlessError {
    return cellError(message, this.#numbers[row], column + 1);
  }

  /** Read up to the next checkpoint; true if the tokens end before it. */
  #readTokens(found: Candidate[], first: number): boolean {
    const tokenizer = this.#tokenizer;
    const logical = this.#logical;
    logical.clear();
    for (;;) {
      const kind = tokenizer.next();
      logical.push(tokenizer);
      if (kind === Kind.end) {
        this.#find(found, first);
        return true;
      }
      if (kind === Kind.newline || (kind === Kind.nl && this.#level === 0)) {
        this.#find(found, first);
        logical.clear();
        if (tokenizer.isSettled) return false;
      } else this.#level = levelAfter(this.#level, tokenizer.code);
    }
  }

  #find(found: Candidate[], first: number): void {
    // There may be millions of lines, and this rules out nearly all of them.
    if (!this.#logical.isIPython) return;
    for (const [transform, { find }] of TRANSFORMS.entries()) {
      if (found.some((candidate) => candidate.transform === transform)) continue;
      const match = find(this.#logical, this.#lines);
      if (match === undefined) continue;
      const endRow = (match.endRow ?? match.row) - first;
      found.push({ transform, match: { ...match, row: match.row - first, endRow } });
    }
  }
}

/** The segment where the tokens end; the segments on the way remember it. */
function lastOf(first: Segment): Segment {
  let end = first;
  while (end.last === undefined && end.next !== undefined) end = end.next;
  const last = end.last ?? end;
  for (let segment: Segment | undefined = first; segment?.last === undefined; segment = segment.next) {
    if (segment === undefined) break;
    segment.last = last;
  }
  return last;
}

function sameCheckpoint(a: Checkpoint, b: Checkpoint): boolean {
  return a === b || (a.level === b.level && sameIndents(a.indents, b.indents));
}

/** Make the error of a cell that IPython itself fails on; line and column count from 1. */
export function cellError(message: string, line?: number, column?: number): SeamlessError {
  return new SeamlessError("INVALID_BUFFER", line === undefined ? message : `${message} (line ${line})`, {
    celltype: "ipython",
    line,
    column,
  });
}
