import type { SeamlessError } from "@seamless/checksum";
import { refuse } from "../refuse.ts";
import { LF } from "../text/chars.ts";
import { LexicalError } from "./kinds.ts";

const LONE_SURROGATE = /[\ud800-\udfff]/u;
const REFUSED = /[\0\ud800-\udfff]/u;

/**
 * The lines that tokens are read from, one at a time. A line that does not end in a line feed (Python splits lines at
 * other characters too) gets one, as in `tokenize`.
 */
export class Source {
  readonly lines: readonly string[];
  /** Index of the line that is read. */
  row = -1;
  /** That line. */
  text = "";
  /** Index into it of the next character. */
  at = 0;
  /** Has the string, or the part of one, that was read last a backslash in it? */
  escapes = false;
  // Most texts have nothing that would have to be looked for in each line.
  readonly #clean: boolean;

  readonly #numbers: readonly number[] | undefined;

  /**
   * @param clean - Has the text no NUL and no lone surrogates? Then its lines are not searched for them.
   * @param numbers - What number each line has in errors; by default they are counted from 1.
   */
  constructor(lines: readonly string[], clean = Source.isClean(lines.join("")), numbers?: readonly number[]) {
    this.lines = lines;
    this.#clean = clean;
    this.#numbers = numbers;
  }

  /** Is there nothing in the text that no line may have? */
  static isClean(text: string): boolean {
    return !REFUSED.test(text);
  }

  /** Go to the start of a line, as if all lines before it had been read. */
  seek(row: number): void {
    this.row = row - 1;
    this.text = "";
    this.at = 0;
  }

  /** The error of a cell that is wrong at an index of a line. */
  refuse(message: string, row = this.row, at = this.at): SeamlessError {
    return refuse(message, this.#numbers?.[row] ?? row + 1, at + 1);
  }

  /** Would reading the next line fail on a NUL? */
  get isNulNext(): boolean {
    return !this.#clean && (this.lines[this.row + 1]?.includes("\0") ?? false);
  }

  /**
   * Read the next line; false at the end.
   *
   * @throws LexicalError for a NUL, SeamlessError for a lone surrogate: Python does not get as far as to tokens there.
   */
  nextLine(): boolean {
    if (this.row + 1 >= this.lines.length) return false;
    const line = this.lines[++this.row]!;
    this.text = line.charCodeAt(line.length - 1) === LF ? line : `${line}\n`;
    this.at = 0;
    if (!this.#clean) this.#check(line);
    return true;
  }

  #check(line: string): void {
    const surrogate = line.search(LONE_SURROGATE);
    if (surrogate >= 0) throw this.refuse("a lone surrogate is no character", this.row, surrogate);
    if (line.includes("\0")) throw new LexicalError("source code cannot contain null bytes", false);
  }
}
