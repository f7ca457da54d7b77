// What PyYAML's scanner refuses and js-yaml's does not, and the other way round. The guard walks over a text as PyYAML does
// (https://github.com/yaml/pyyaml/blob/6.0.3/lib/yaml/scanner.py), reads the scalars and the names in it, and hands
// js-yaml a text of the same length that shows only its structure: scalars are masked, and so are comments and the line breaks
// inside brackets, whose indentation is free. How the nodes nest is left to js-yaml; what it cannot be shown so that it understands
// is refused, never misread: `[?a]`, `{?}`, `[? :a]`, `&a:b`, and a tag or anchor on a line of its own, below another line, to the
// right of the document that it belongs to.
import { Cursor, isBlankOrEnd } from "./cursor.ts";
import { YamlFault } from "./fault.ts";
import { Levels } from "./levels.ts";
import { Mask } from "./mask.ts";
import { readBlock, readPlain, readQuoted, type Scalar } from "./scalars.ts";
import { SimpleKeys } from "./simple-keys.ts";
import { Stage } from "./stage.ts";
import { Directives, readAnchor, readTag } from "./tags.ts";

/** A scalar, alias, anchor or tag that the guard has read. */
export type Piece =
  | {
      readonly kind: "scalar";
      readonly value: string;
      readonly plain: boolean;
      readonly surrogates: boolean;
      readonly anchor?: string;
    }
  | { readonly kind: "alias" | "anchor" | "tag"; readonly name: string };

export interface Guarded {
  /** For js-yaml: as long as the text. */
  readonly masked: string;
  /** By where they start. */
  readonly pieces: ReadonlyMap<number, Piece>;
}

/**
 * @throws {YamlFault} for what PyYAML's scanner refuses.
 */
export function guard(text: string): Guarded {
  return new Guard(text).run();
}

class Guard {
  readonly #cursor: Cursor;
  readonly #mask: Mask;
  readonly #pieces = new Map<number, Piece>();
  readonly #keys: SimpleKeys;
  readonly #directives = new Directives();
  readonly #levels = new Levels();
  /** Has this line, in block context, a node that nothing but a colon may follow? */
  #full = false;
  /** Where the last token ended. */
  #tokenEnd = 0;
  readonly #stage = new Stage();

  constructor(text: string) {
    this.#cursor = new Cursor(text);
    this.#mask = new Mask(text);
    this.#keys = new SimpleKeys(this.#cursor);
  }

  run(): Guarded {
    const { length } = this.#cursor;
    for (;;) {
      this.#skipToToken();
      this.#keys.dropStale();
      if (!this.#levels.inBrackets) this.#levels.unwind(this.#cursor.column);
      if (this.#cursor.at >= length) break;
      this.#token(this.#cursor.peek());
      this.#tokenEnd = this.#cursor.at;
    }
    this.#keys.forget(this.#levels.depth);
    this.#stage.finish(length);
    return { masked: this.#mask.finish(), pieces: this.#pieces };
  }

  #skipToToken(): void {
    const cursor = this.#cursor;
    for (;;) {
      cursor.skip(" ");
      const start = cursor.at;
      if (cursor.peek() === "#") {
        cursor.skipToBreak();
        this.#mask.blank(start, cursor.at);
      }
      if (cursor.takeBreak() === "") return;
      if (this.#levels.inBrackets) this.#mask.blank(cursor.breakStart, cursor.at);
      else {
        this.#mask.lineBreak(cursor.breakStart, cursor.at);
        this.#keys.allowed = true;
        this.#full = false;
      }
    }
  }

  #token(char: string): void {
    const cursor = this.#cursor;
    if (cursor.column === 0 && char === "%") this.#directive();
    else if (cursor.atMarker()) this.#marker(char);
    else this.#content(char);
  }

  #content(char: string): void {
    const cursor = this.#cursor;
    this.#stage.content(cursor.at);
    // Some characters are indicators only before white space.
    const indicates =
      isBlankOrEnd(cursor.peek(1)) || !(char === "-" || (!this.#levels.inBrackets && "?:".includes(char)));
    const read = indicates ? TOKENS[char] : undefined;
    if (read !== undefined) read(this);
    else if ("\t%@`".includes(char)) throw new YamlFault(`no value starts with ${JSON.stringify(char)}`, cursor.at);
    else this.plain();
  }

  #directive(): void {
    const { at } = this.#cursor;
    this.#stage.directive(at);
    this.#directives.read(this.#cursor);
    this.#mask.blank(at, this.#cursor.at);
  }

  #marker(char: string): void {
    const cursor = this.#cursor;
    if (this.#levels.inBrackets) throw new YamlFault("a document ends inside brackets", cursor.at);
    if (char === "-") this.#stage.begin(cursor.at);
    else this.#stage.end(cursor.at);
    this.#levels.unwind(-1);
    this.#keys.forget(0);
    this.#keys.allowed = false;
    if (char === ".") this.#mask.blank(cursor.at, cursor.at + 3);
    cursor.at += 3;
  }

  openBracket(): void {
    this.#startNode();
    this.#levels.openBracket();
    this.#keys.allowed = true;
    this.#cursor.at++;
  }

  closeBracket(): void {
    if (!this.#levels.inBrackets) throw new YamlFault("a bracket that was not opened", this.#cursor.at);
    this.#keys.forget(this.#levels.depth);
    this.#levels.closeBracket();
    this.#full = !this.#levels.inBrackets;
    this.#keys.allowed = false;
    this.#cursor.at++;
  }

  comma(): void {
    const level = this.#levels.innermost;
    if (level === undefined || !this.#levels.inBrackets)
      throw new YamlFault("a comma outside of brackets", this.#cursor.at);
    level.asked = level.started = false;
    this.#keys.allowed = true;
    this.#keys.forget(this.#levels.depth);
    this.#cursor.at++;
  }

  dash(): void {
    const { at, column } = this.#cursor;
    if (this.#levels.inBrackets || !this.#keys.allowed) throw new YamlFault("a list item is not allowed here", at);
    this.#levels.openBlock(column);
    this.#keys.forget(0);
    this.#cursor.at++;
  }

  question(): void {
    const { at, column } = this.#cursor;
    if (!this.#levels.inBrackets) {
      if (!this.#keys.allowed) throw new YamlFault("a key is not allowed here", at);
      this.#levels.openBlock(column);
    }
    const level = this.#levels.innermost!;
    level.asked = true;
    if (this.#levels.inBrackets) {
      if (level.started) throw new YamlFault("a ? in the middle of an entry", at);
      level.started = true;
      // No space need follow it here; without one, js-yaml takes it for a part of the key.
      level.hideQuestion = this.#mask.reserve(at);
    }
    this.#keys.allowed = !this.#levels.inBrackets;
    this.#keys.forget(this.#levels.depth);
    this.#cursor.at++;
  }

  colon(): void {
    const cursor = this.#cursor;
    const key = this.#keys.take(this.#levels.depth);
    if (key !== undefined) {
      if (!this.#levels.inBrackets) {
        this.#levels.openBlock(key.column).asked = false;
      }
      this.#keys.allowed = false;
    } else {
      const level = this.#levels.innermost;
      const here = this.#levels.inBrackets || (this.#keys.allowed && level?.column === cursor.column);
      if (!here || !level?.asked) throw new YamlFault("a value without a key on its line", cursor.at);
      level.asked = false;
      level.hideQuestion?.();
      this.#keys.allowed = !this.#levels.inBrackets;
    }
    this.#full = false;
    cursor.at++;
  }

  alias(): void {
    this.#startNode();
    const start = this.#cursor.at;
    this.#pieces.set(start, { kind: "alias", name: readAnchor(this.#cursor) });
    this.#mask.scalar(start, this.#cursor.at);
    this.#full = !this.#levels.inBrackets;
  }

  anchor(): void {
    this.#startNode();
    const cursor = this.#cursor;
    const start = cursor.at;
    const name = readAnchor(cursor);
    if (cursor.peek() === ":") {
      // js-yaml takes the colon for a part of the name: show it a scalar in place of the anchor of an empty key.
      this.#pieces.set(start, { kind: "scalar", value: "", plain: true, surrogates: false, anchor: name });
      this.#mask.scalar(start, cursor.at);
    } else {
      this.#pieces.set(start, { kind: "anchor", name });
      this.#mask.anchor(start, cursor.at);
    }
  }

  tag(): void {
    this.#startNode();
    const start = this.#cursor.at;
    this.#pieces.set(start, { kind: "tag", name: readTag(this.#cursor, this.#directives.handles) });
    this.#mask.tag(start, this.#cursor.at);
  }

  quoted(): void {
    this.#startNode();
    const start = this.#cursor.at;
    this.#scalar(start, readQuoted(this.#cursor), false);
  }

  block(): void {
    const { at, column } = this.#cursor;
    if (this.#levels.inBrackets || this.#full) throw new YamlFault("a block scalar is not allowed here", at);
    this.#keys.allowed = true;
    this.#keys.forget(0);
    // It may stand to the left of where js-yaml wants a value: show it on the line before.
    if (column <= this.#levels.indent && !this.#levels.closed) this.#mask.blankFrom(this.#tokenEnd, at);
    this.#scalar(at, readBlock(this.#cursor, this.#levels.indent), false);
  }

  plain(): void {
    this.#startNode();
    const { at } = this.#cursor;
    const scalar = readPlain(this.#cursor, this.#levels.inBrackets, this.#levels.indent + 1);
    this.#scalar(at, scalar, true);
    // The line breaks after it are taken already.
    if (this.#cursor.lineStart > scalar.end) this.#keys.allowed = true;
  }

  #startNode(): void {
    if (this.#full) throw new YamlFault("a second value on a line", this.#cursor.at);
    const level = this.#levels.innermost;
    if (level !== undefined) level.started = true;
    this.#keys.save(this.#levels.depth, this.#levels.indent);
    this.#keys.allowed = false;
  }

  #scalar(start: number, { value, end, surrogates = false }: Scalar, plain: boolean): void {
    this.#pieces.set(start, { kind: "scalar", value, plain, surrogates });
    this.#mask.scalar(start, end);
    const { at, lineStart } = this.#cursor;
    if (at > end) this.#mask.gap(end, at, this.#levels.inBrackets);
    this.#full = !this.#levels.inBrackets && lineStart <= end;
  }
}

const TOKENS: Readonly<Record<string, (guard: Guard) => void>> = {
  __proto__: null as never,
  "[": (guard) => guard.openBracket(),
  "{": (guard) => guard.openBracket(),
  "]": (guard) => guard.closeBracket(),
  "}": (guard) => guard.closeBracket(),
  ",": (guard) => guard.comma(),
  "-": (guard) => guard.dash(),
  "?": (guard) => guard.question(),
  ":": (guard) => guard.colon(),
  "*": (guard) => guard.alias(),
  "&": (guard) => guard.anchor(),
  "!": (guard) => guard.tag(),
  "|": (guard) => guard.block(),
  ">": (guard) => guard.block(),
  "'": (guard) => guard.quoted(),
  '"': (guard) => guard.quoted(),
};
