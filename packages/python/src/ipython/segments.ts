import { isSeamlessError, SeamlessError } from "@seamless/checksum";
import { LogicalLine, levelAfter } from "./logical-line.ts";
import { type Indents, NO_INDENTS, sameIndents } from "./tokenizer/indents.ts";
import { Kind, LexicalError } from "./tokenizer/kinds.ts";
import { Tokenizer } from "./tokenizer/tokenizer.ts";
import { type Candidate, TRANSFORMS } from "./transforms/table.ts";

/** Where reading can start: the state of the tokenizer before a line, and IPython's count of brackets. */
interface Checkpoint {
  readonly indents: Indents;
  readonly level: number;
}

/** Some lines whose tokens depend on nothing but the checkpoint before them. Nearly always it is one logical line. */
interface Segment {
  readonly before: Checkpoint;
  readonly rows: number;
  /** The first that each transform found; rows count from the segment's own first line. Most have none. */
  readonly candidates: readonly Candidate[];
  /** Do the tokens end here? */
  readonly last: boolean;
  /** What IPython fails with because of this segment. */
  readonly failure?: SeamlessError | undefined;
}

/**
 * How many characters may be read again: part of a second of work. Only many pieces in one huge statement get there, or
 * many that open and close a string over very much text below; IPython takes minutes for that.
 */
const MAX_READ_AGAIN = 2_000_000;

const NOTHING: readonly Candidate[] = [];
const START: Checkpoint = { indents: NO_INDENTS, level: 0 };

/**
 * What there is to find in a text, kept up to date as lines of it are replaced: only those are read again, up to where
 * everything goes on as before.
 */
export class Segments {
  readonly #lines: string[];
  readonly #tokenizer: Tokenizer;
  readonly #logical = new LogicalLine();
  #segments: Segment[];
  // IPython's count of brackets where the tokenizer is.
  #level = 0;
  #readAgain = 0;

  /** @param lines - Lines that `update` is told of when they change. */
  constructor(lines: string[], clean: boolean, numbers: readonly number[]) {
    this.#lines = lines;
    this.#tokenizer = new Tokenizer(lines, clean, numbers);
    const segments: Segment[] = [];
    let before = START;
    do {
      segments.push(this.#read(before));
      before = this.#checkpoint(before);
    } while (!segments.at(-1)!.last);
    this.#segments = segments;
  }

  get length(): number {
    return this.#segments.length;
  }

  at(index: number): Segment {
    return this.#segments[index]!;
  }

  /**
   * Read again what changed.
   *
   * @param index - Segment that the change begins in, and `row` its first line.
   * @param end - Line after those that one line was put in place of, in the numbering before that.
   * @param delta - How many lines there are more now.
   */
  update(index: number, row: number, end: number, delta: number): void {
    const old = this.#segments;
    const fresh: Segment[] = [];
    let before = old[index]!.before;
    let next = index; // the old segment at or after the place that we have read up to, and its old row
    let nextRow = row;
    this.#tokenizer.resume(row, before.indents);
    for (;;) {
      const segment = this.#read(before);
      this.#charge(segment.rows);
      fresh.push(segment);
      if (segment.last) next = old.length;
      if (segment.last) break;
      before = this.#checkpoint(before);
      const at = this.#tokenizer.row + 1 - delta;
      while (next < old.length && nextRow < at) nextRow += old[next++]!.rows;
      if (next < old.length && nextRow === at && at >= end && sameCheckpoint(old[next]!.before, before)) break;
    }
    if (fresh.length === next - index) for (const [i, segment] of fresh.entries()) old[index + i] = segment;
    else this.#segments = old.slice(0, index).concat(fresh, old.slice(next));
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
    let last = true;
    let failure: SeamlessError | undefined;
    try {
      last = this.#readTokens(found, first);
    } catch (error) {
      if (error instanceof LexicalError) {
        if (error.counts) this.#logical.pushError();
        this.#find(found, first);
      } else if (isSeamlessError(error)) failure = error;
      else throw error;
    }
    const fatal = found.find(({ match }) => match.fatal !== undefined)?.match;
    if (fatal) failure ??= tokenizer.refuse(fatal.fatal!, first + fatal.row, fatal.column);
    return { before, rows: tokenizer.row + 1 - first, candidates: found.length ? found : NOTHING, last, failure };
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

function sameCheckpoint(a: Checkpoint, b: Checkpoint): boolean {
  return a === b || (a.level === b.level && sameIndents(a.indents, b.indents));
}
