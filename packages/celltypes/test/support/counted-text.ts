/** A text that counts how many of its characters are looked at or copied. */
class CountedText extends String {
  reads = 0;
  readonly #text: string;

  constructor(text: string) {
    super(text);
    this.#text = text;
  }

  override charCodeAt(index: number): number {
    this.reads++;
    return this.#text.charCodeAt(index);
  }

  override charAt(index: number): string {
    this.reads++;
    return this.#text.charAt(index);
  }

  override slice(start?: number, end?: number): string {
    const part = this.#text.slice(start, end);
    this.reads += part.length;
    return part;
  }
}

/** Gives the work a text that counts; returns the count and what the work returns. */
export function countReads<Result>(text: string, work: (text: string) => Result): { reads: number; result: Result } {
  const counted = new CountedText(text);
  const result = work(counted as unknown as string);
  return { reads: counted.reads, result };
}
