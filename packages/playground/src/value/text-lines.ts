/** A line of a text. */
export interface TextLine {
  readonly text: string;
  /** Characters that were left out at its end. */
  readonly more: number;
}

/** In characters: a line may be as long as the text. */
const MAX_LINE = 2_000;
/** Of so many lines it is known where the first one begins: a text may be nothing but newlines. */
const STEP = 512;

/** A text by its lines: they are counted once, and any of them is found soon. */
export class TextLines {
  readonly count: number;
  /** Of each step. */
  readonly #starts: number[] = [];

  constructor(readonly text: string) {
    let count = 0;
    for (let start = 0; start >= 0; start = this.#next(start)) {
      if (count % STEP === 0) this.#starts.push(start);
      count++;
    }
    this.count = count;
  }

  lines(start: number, count: number): readonly TextLine[] {
    const lines: TextLine[] = [];
    const step = Math.floor(start / STEP);
    let from = this.#starts[step] ?? -1;
    for (let line = step * STEP; from >= 0 && line < start + count; line++) {
      const next = this.#next(from);
      if (line >= start) lines.push(this.#line(from, next < 0 ? this.text.length : next - 1));
      from = next;
    }
    return lines;
  }

  /** Where the line behind begins; -1 if there is none. */
  #next(start: number): number {
    const end = this.text.indexOf("\n", start);
    return end < 0 ? -1 : end + 1;
  }

  #line(start: number, end: number): TextLine {
    const cut = Math.min(end, start + MAX_LINE);
    return { text: this.text.slice(start, cut), more: end - cut };
  }
}
