interface Edit {
  readonly start: number;
  readonly end: number;
  by: string;
}

/** Makes the text that js-yaml is shown: as long as the original, so that positions stay. */
export class Mask {
  readonly #text: string;
  readonly #edits: Edit[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  finish(): string {
    const parts: string[] = [];
    let done = 0;
    for (const { start, end, by } of this.#edits) {
      parts.push(this.#text.slice(done, start), by);
      done = end;
    }
    parts.push(this.#text.slice(done));
    return parts.join("");
  }

  blank(start: number, end: number): void {
    this.#replace(start, end, " ".repeat(end - start));
  }

  /** Blanks everything from here on, edited or not. */
  blankFrom(start: number, end: number): void {
    while ((this.#edits.at(-1)?.start ?? -1) >= start) this.#edits.pop();
    this.blank(start, end);
  }

  /** Keeps a character that may have to be blanked later; returns what does so. */
  reserve(at: number): () => void {
    const edit = this.#replace(at, at + 1, this.#text.charAt(at));
    return () => {
      edit.by = " ";
    };
  }

  /** js-yaml knows `\n`, `\r` and both together. */
  lineBreak(start: number, end: number): void {
    if (this.#text[start] !== "\n" && this.#text[start] !== "\r") this.#replace(start, end, "\n");
  }

  /** Quoted, so that nothing beside it can become a part of it. */
  scalar(start: number, end: number): void {
    this.#replace(start, end, end - start === 1 ? "a" : `"${"a".repeat(end - start - 2)}"`);
  }

  anchor(start: number, end: number): void {
    this.#replace(start, end, `&${"a".repeat(end - start - 1)}`);
  }

  /** Short, for js-yaml's expression for tags runs out of stack on long ones; a space follows a tag anyway. */
  tag(start: number, end: number): void {
    this.#replace(start, end, "!a".slice(0, end - start).padEnd(end - start));
  }

  /** The white space between a scalar and the next token. */
  gap(start: number, end: number, inFlow: boolean): void {
    const gap = this.#text.slice(start, end);
    this.#replace(start, end, inFlow ? " ".repeat(gap.length) : gap.replace(/[\x85\u2028\u2029]/g, "\n"));
  }

  #replace(start: number, end: number, by: string): Edit {
    const edit = { start, end, by };
    this.#edits.push(edit);
    return edit;
  }
}
