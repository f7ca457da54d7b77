/** Arguments of one call. */
const CHUNK = 8192;

/** Puts a string together without a string for each of its parts. It is used again for the next. */
export class TextBuilder {
  /** In code units; may be set back. */
  length = 0;
  #units = new Uint16Array(1024);

  push(code: number): void {
    this.#reserve(1);
    this.#units[this.length++] = code;
  }

  append(text: string, from = 0, to = text.length): void {
    this.#reserve(to - from);
    const units = this.#units;
    let at = this.length;
    for (let i = from; i < to; i++) units[at++] = text.charCodeAt(i);
    this.length = at;
  }

  /** Returns what there is, and begins again. */
  finish(): string {
    const { length } = this;
    this.length = 0;
    if (length <= CHUNK) return this.#slice(0, length);
    const parts: string[] = [];
    for (let at = 0; at < length; at += CHUNK) parts.push(this.#slice(at, Math.min(at + CHUNK, length)));
    return parts.join("");
  }

  #slice(from: number, to: number): string {
    return String.fromCharCode(...this.#units.subarray(from, to));
  }

  #reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.#units.length) return;
    const larger = new Uint16Array(Math.max(needed, this.#units.length * 2));
    larger.set(this.#units.subarray(0, this.length));
    this.#units = larger;
  }
}
