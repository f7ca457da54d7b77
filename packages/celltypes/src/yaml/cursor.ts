import { BLANK_OR_END, BREAK, classOf } from "./characters.ts";

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const NEXT_LINE = 0x85;
const DASH = 0x2d;
const DOT = 0x2e;

/** A position in a YAML text that knows its line and column. */
export class Cursor {
  readonly text: string;
  at = 0;
  line = 0;
  /** Where the current line starts. */
  lineStart = 0;
  #counted = 0;
  #pairs = 0;

  constructor(text: string) {
    this.text = text;
    // A byte order mark takes no column; only the first counts as one.
    if (this.code() === 0xfeff) this.at = this.lineStart = 1;
  }

  get column(): number {
    return this.at - this.lineStart;
  }

  /** The code unit here, or so many further on; 0 at the end. */
  code(ahead = 0): number {
    // NaN beyond the end.
    return this.text.charCodeAt(this.at + ahead) | 0;
  }

  /** Is the character here, or so many further on, of one of these classes? */
  is(classes: number, ahead = 0): boolean {
    return (classOf(this.code(ahead)) & classes) !== 0;
  }

  skip(classes: number): void {
    while (this.is(classes)) this.at++;
  }

  /** The classes must have the end of the text among them. */
  skipTo(classes: number): void {
    while (!this.is(classes)) this.at++;
  }

  /** Takes one line break, if there is one, as what it stands for in a scalar: LS and PS stay, all others are LF. Returns 0 for none. */
  takeBreak(): number {
    const code = this.code();
    if ((classOf(code) & BREAK) === 0) return 0;
    this.at += code === CARRIAGE_RETURN && this.code(1) === LINE_FEED ? 2 : 1;
    this.line++;
    this.lineStart = this.at;
    return code > NEXT_LINE ? code : LINE_FEED;
  }

  /** Is this the start of a line with `---` or `...`? */
  atMarker(): boolean {
    if (this.at !== this.lineStart) return false;
    const code = this.code();
    if (code !== DASH && code !== DOT) return false;
    return this.code(1) === code && this.code(2) === code && this.is(BLANK_OR_END, 3);
  }

  /** The number of characters before this place, as Python counts them. Must be asked for in the order of the text. */
  characters(): number {
    for (; this.#counted < this.at; this.#counted++) {
      if ((this.text.charCodeAt(this.#counted) & 0xfc00) === 0xd800) this.#pairs++;
    }
    return this.at - this.#pairs;
  }
}
