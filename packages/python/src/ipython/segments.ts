import { SeamlessError } from "@seamless/checksum";
import { FatalError, type Indents, LexicalError, NO_INDENTS, sameIndents } from "../tokenizer/source.ts";
import { Kind, Tokenizer } from "../tokenizer/tokenizer.ts";
import { LogicalLine, levelAfter } from "./logical-line.ts";
import { type Candidate, TRANSFORMS } from "./transforms.ts";

/** Where reading can start: the state of the tokenizer before a line, and IPython's count of brackets. */
interface Checkpoint {
  readonly indents: Indents;
  readonly level: number;
}

/** Some lines whose tokens depend on nothing but the checkpoint before them. Nearly always it is one logical line. */
export interface Segment {
  readonly before: Checkpoint;
  readonly rows: number;
  /** The first that each transform found; rows count from the segment's own first line. Most have none. */
  readonly candidates: readonly Candidate[];
  /** Do the tokens end here? */
  readonly ends: boolean;
  /** What IPython fails with because of this segment. */
  readonly failure: SeamlessError | undefined;
  /** What follows it, unless the tokens end here. */
  next: Segment | undefined;
  /** The last of those that follow, where that was asked for. */
  last: Segment | undefined;
  /** Is it among those that `Segments` can go back to? Then `other` is another one that starts at the same line. */
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

/** How many characters may be read again: part of a second. Only many pieces in one huge statement get there. */
const MAX_READ_AGAIN = 2_000_000;

/** Of the segments that start at the same line, so many are looked through. */
const MAX_OTHERS = 8;

const NOTHING: readonly Candidate[] = [];
const START: Checkpoint = { indents: NO_INDENTS, level: 0 };

/**
 * What there is to find in a text, kept up to date as lines of it are replaced: only those are read again, up to where
 * everything goes on as before, or as it did at some time. So a piece that opens a string over all that follows, and the
 * next that closes it, cost little.
 */
export class Segments {
  first: Segment;
  /** The one where the tokens end. */
  last: Segment;
  readonly #lines: string[];
  readonly #numbers: readonly number[];
  readonly #tokenizer: Tokenizer;
  readonly #logical = new LogicalLine();
  // IPython's count of brackets where the tokenizer is.
  #level = 0;
  #readAgain = 0;
  // By how many lines there are from its first to the end of the text: those that lie below all changes so far.
  readonly #known = new Map<number, Segment>();
  // How many lines that are.
  #untouched = Number.POSITIVE_INFINITY;

  /**
   * @param lines - Lines that `update` is told of when they change.
   * @param clean - Has the text no NUL and no lone surrogates?
   * @param numbers - What number each line has in the cell, for errors.
   */
  constructor(lines: string[], clean: boolean, numbers: readonly number[]) {
    this.#lines = lines;
    this.#numbers = numbers;
    this.#tokenizer = new Tokenizer(lines, clean);
    this.first = this.#readOn(START, false);
    this.last = lastOf(this.first);
  }

  /**
   * Read again what changed.
   *
   * @param place - Of the segment that the change begins in.
   * @param end - Line after those that one line was put in place of, in the numbering before that.
   * @param delta - How many lines there are more now.
   * @returns the place, with what is there now.
   */
  update({ previous, segment: old, row }: Place, end: number, delta: number): Place {
    const { length } = this.#lines;
    this.#untouched = Math.min(this.#untouched, length - delta - end);
    this.#learn(old, length - delta - row);
    this.#tokenizer.resume(row, old.before.indents);
    const segment = this.#readOn(old.before, true);
    this.#learn(segment, length - row);
    if (previous === undefined) this.first = segment;
    else previous.next = segment;
    this.last = lastOf(segment);
    return { previous, segment, row };
  }

  /** Read segment after segment: to the end of the tokens or, when it is not for the first time, to one that is known. */
  #readOn(start: Checkpoint, again: boolean): Segment {
    const first = this.#read(start);
    for (let segment = first, before = start; ; ) {
      if (again) this.#charge(segment.rows);
      if (segment.ends) return first;
      before = this.#checkpoint(before);
      const known = again ? this.#recall(before) : undefined;
      segment.next = known ?? this.#read(before);
      if (known !== undefined) return first;
      segment = segment.next;
    }
  }

  /** Keep what lies below all changes; `left` is how many lines there are from its first on. */
  #learn(first: Segment, left: number): void {
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

  /** The segment that would be read next, if it was read before. */
  #recall(before: Checkpoint): Segment | undefined {
    const left = this.#lines.length - (this.#tokenizer.row + 1);
    if (left > this.#untouched) return undefined;
    let known = this.#known.get(left);
    for (let i = 0; known !== undefined && i < MAX_OTHERS; i++, known = known.other)
      if (sameCheckpoint(known.before, before)) return known;
    return undefined;
  }

  /** Keep count of what is read again. */
  #charge(rows: number): void {
    const end = this.#tokenizer.row + 1;
    for (let row = end - rows; row < end; row++) this.#readAgain += this.#lines[row]!.length;
    if (this.#readAgain > MAX_READ_AGAIN)
      throw new SeamlessError(
        "TOO_LARGE",
        `too much IPython syntax in one statement: over ${MAX_READ_AGAIN} characters would be read again`,
        { celltype: "ipython" },
      );
  }

  /** The tokenizer's state, in the object that we have if it is the same. */
  #checkpoint(before: Checkpoint): Checkpoint {
    const now = { indents: this.#tokenizer.indents, level: this.#level };
    return sameCheckpoint(before, now) ? before : now;
  }

  #read(before: Checkpoint): Segment {
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
        if (error.counts) this.#logical.pushError();
        this.#find(found, first);
      } else if (error instanceof FatalError) failure = this.#failure(error);
      else throw error;
    }
    const fatal = found.find(({ match }) => match.fatal !== undefined)?.match;
    if (fatal) failure ??= this.#failure({ message: fatal.fatal!, row: first + fatal.row, column: fatal.column });
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

  #failure({ message, row, column }: Pick<FatalError, "message" | "row" | "column">): SeamlessError {
    return cellError(message, this.#numbers[row], column + 1);
  }

  /** Read up to the next checkpoint; true if there is none before the end. */
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
    // Nearly every line ends here: millions may.
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

/** Where the tokens end; kept with the segments that lead there. */
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

/** The error of a cell that IPython itself fails on, at a line (of the cell) and a column, both counted from 1. */
export function cellError(message: string, line?: number, column?: number): SeamlessError {
  return new SeamlessError("INVALID_BUFFER", line === undefined ? message : `${message} (line ${line})`, {
    celltype: "ipython",
    line,
    column,
  });
}
