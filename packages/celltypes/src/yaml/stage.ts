import { YamlFault } from "./fault.ts";

/** How far a text is with its one document. */
export class Stage {
  #now: "start" | "directives" | "document" | "end" = "start";

  /** A `%` line. */
  directive(at: number): void {
    if (this.#begun) throw new YamlFault("a directive inside a document", at);
    this.#now = "directives";
  }

  /** A line with `---`. */
  begin(at: number): void {
    if (this.#begun) throw new YamlFault("a second document", at);
    this.#now = "document";
  }

  /** A line with `...`. */
  end(at: number): void {
    if (!this.#begun) throw new YamlFault("the end of a document that has not started", at);
    this.#now = "end";
  }

  /** Anything else. */
  content(at: number): void {
    if (this.#now === "directives" || this.#now === "end") throw new YamlFault("a document starts with ---", at);
    this.#now = "document";
  }

  /** The end of the text. */
  finish(at: number): void {
    if (this.#now === "directives") throw new YamlFault("directives without a document", at);
  }

  get #begun(): boolean {
    return this.#now === "document" || this.#now === "end";
  }
}
