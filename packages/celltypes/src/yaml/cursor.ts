/** YAML 1.1 breaks lines at NEL, LS and PS too. */
const BREAKS = "\r\n\x85\u2028\u2029";
/** The end of the text reads as NUL, which no YAML text contains. */
const END = "\0";

export const isBreak = (char: string): boolean => BREAKS.includes(char);
export const isBreakOrEnd = (char: string): boolean => char === END || isBreak(char);
export const isSpaceOrEnd = (char: string): boolean => char === " " || isBreakOrEnd(char);
/** Blank or at an end: what must follow `-`, `?` and `:` in block context. */
export const isBlankOrEnd = (char: string): boolean => char === "\t" || isSpaceOrEnd(char);

/** A position in a YAML text that knows its line and column. */
export class Cursor {
  readonly text: string;
  readonly length: number;
  at = 0;
  line = 0;
  /** Where the current line starts, and where the break before it does. */
  lineStart = 0;
  breakStart = 0;

  constructor(text: string) {
    this.text = text + END;
    this.length = text.length;
    // A byte order mark takes no column; only the first counts as one.
    if (this.peek() === "\ufeff") this.at = this.lineStart = 1;
  }

  get column(): number {
    return this.at - this.lineStart;
  }

  peek(ahead = 0): string {
    return this.text.charAt(this.at + ahead) || END;
  }

  skip(char: string): void {
    while (this.text[this.at] === char) this.at++;
  }

  skipToBreak(): void {
    while (!isBreakOrEnd(this.peek())) this.at++;
  }

  /** Takes the characters that a sticky expression matches here. */
  take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? "";
    this.at += found.length;
    return found;
  }

  /** Takes one line break, if there is one, as what it stands for in a scalar: LS and PS stay, all others are `\n`. */
  takeBreak(): string {
    const char = this.peek();
    if (!isBreak(char)) return "";
    this.breakStart = this.at;
    this.at += char === "\r" && this.peek(1) === "\n" ? 2 : 1;
    this.line++;
    this.lineStart = this.at;
    return char === "\u2028" || char === "\u2029" ? char : "\n";
  }

  /** Is this the start of a line with `---` or `...`? */
  atMarker(): boolean {
    if (this.at !== this.lineStart) return false;
    const char = this.peek();
    if (char !== "-" && char !== ".") return false;
    return this.peek(1) === char && this.peek(2) === char && isBlankOrEnd(this.peek(3));
  }
}
