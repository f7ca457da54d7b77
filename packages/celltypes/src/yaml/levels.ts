/** A block collection, or brackets (whose column does not count). */
export interface Level {
  readonly column: number;
  /** Is there a `?` that waits for its `:`? */
  asked: boolean;
  /** Has this entry, in brackets, anything in it yet? */
  started: boolean;
  /** Hides the `?` from js-yaml. */
  hideQuestion?: () => void;
}

/** The collections around the cursor: block collections, and inside them brackets. */
export class Levels {
  readonly #blocks: Level[] = [];
  readonly #brackets: Level[] = [];
  /** Did the last `unwind` end a collection? */
  closed = false;

  /** Number of open brackets. */
  get depth(): number {
    return this.#brackets.length;
  }

  get inBrackets(): boolean {
    return this.#brackets.length > 0;
  }

  /** Column of the innermost block collection, -1 outside of all. */
  get indent(): number {
    return this.#blocks.at(-1)?.column ?? -1;
  }

  get innermost(): Level | undefined {
    return this.#brackets.at(-1) ?? this.#blocks.at(-1);
  }

  openBracket(): void {
    this.#brackets.push({ column: 0, asked: false, started: false });
  }

  closeBracket(): void {
    this.#brackets.pop();
  }

  /** Opens a block collection at this column, unless it is open; returns it. */
  openBlock(column: number): Level {
    if (this.indent < column) this.#blocks.push({ column, asked: false, started: false });
    return this.#blocks.at(-1)!;
  }

  /** Ends the block collections to the right of this column. */
  unwind(column: number): void {
    const before = this.#blocks.length;
    while (this.indent > column) this.#blocks.pop();
    this.closed = this.#blocks.length < before;
  }
}
