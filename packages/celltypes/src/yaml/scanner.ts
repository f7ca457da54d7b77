import {
  BLANK_OR_END,
  BREAK,
  BREAK_OR_END,
  Cursor,
  MAX_DEPTH,
  NO_TOKEN,
  SPACE,
  TextBuilder,
  tooDeepError,
  YamlSyntaxError,
} from "./cursor.ts";
import { readBlock, readPlain, readQuoted } from "./scalars.ts";
import { readName, type TagNames, Tags } from "./tags.ts";
import * as T from "./tokens.ts";

// The tokens of a YAML text, as PyYAML's scanner has them: https://github.com/yaml/pyyaml/blob/6.0.3/lib/yaml/scanner.py

/** A key without `?` fits one line and this many characters. */
const MAX_KEY = 1024;
const HASH = 0x23;
const PERCENT = 0x25;
const DASH = 0x2d;
const COLON = 0x3a;
const QUESTION = 0x3f;

/** Scans no further ahead than it must to know whether something is a key. */
export class Scanner {
  readonly #cursor: Cursor;
  readonly #builder = new TextBuilder();
  readonly #tags: Tags;
  readonly #queue = new T.TokenQueue();
  /** What may be a key, for each level of brackets. */
  readonly #keys: (T.Token | undefined)[] = [];
  /** May a key, or in block context a collection, start at the cursor? */
  #keyAllowed = true;
  /** Open brackets. */
  #brackets = 0;
  /** Columns of the open block collections. */
  readonly #indents: number[] = [];

  constructor(text: string, names: TagNames) {
    this.#cursor = new Cursor(text);
    this.#tags = new Tags(names);
  }

  /**
   * The next token.
   *
   * @throws {YamlSyntaxError} for what is not a token; `TOO_LARGE` for collections nested too deep.
   */
  peek(): T.Token {
    for (;;) {
      const head = this.#queue.head;
      if (head === undefined) this.#scan();
      else if (head.kind > T.UNDECIDED) return head;
      else if (head.kind === T.UNDECIDED && !this.#isStale(head)) this.#scan();
      else {
        if (head.kind === T.UNDECIDED) this.#forget(head.level);
        this.#queue.drop();
      }
    }
  }

  /** Goes on to the next token. The one before stays valid until this is called again. */
  take(): void {
    const head = this.peek();
    if (head.withKey) {
      head.kind = T.KEY;
      head.withKey = false;
    } else if (head.kind !== T.STREAM_END) this.#queue.take();
  }

  /** Scans the next token; it may make a key of one before. */
  #scan(): void {
    const cursor = this.#cursor;
    this.#skipToToken();
    const key = this.#keys[0];
    if (key !== undefined && this.#isStale(key)) this.#forget(0);
    if (this.#brackets === 0) this.#unwind(cursor.column);
    const code = cursor.code();
    if (cursor.column === 0 && code === PERCENT) this.#directive();
    else if (cursor.atMarker()) this.#marker(code === DASH ? T.DOCUMENT_START : T.DOCUMENT_END);
    else {
      const read = this.#indicates(code) ? Scanner.#TOKENS.get(code) : undefined;
      if (read === undefined) this.#plain();
      else read(this);
    }
  }

  /** What each indicator starts. */
  static readonly #TOKENS: ReadonlyMap<number, (scanner: Scanner) => void> = new Map(
    Object.entries<(scanner: Scanner) => void>({
      "\0": (scanner) => scanner.#end(),
      "[": (scanner) => scanner.#openBracket(T.FLOW_SEQUENCE_START),
      "{": (scanner) => scanner.#openBracket(T.FLOW_MAPPING_START),
      "]": (scanner) => scanner.#closeBracket(T.FLOW_SEQUENCE_END),
      "}": (scanner) => scanner.#closeBracket(T.FLOW_MAPPING_END),
      ",": (scanner) => scanner.#comma(),
      "-": (scanner) => scanner.#dash(),
      "?": (scanner) => scanner.#question(),
      ":": (scanner) => scanner.#colon(),
      "*": (scanner) => scanner.#name(T.ALIAS),
      "&": (scanner) => scanner.#name(T.ANCHOR),
      "!": (scanner) => scanner.#tag(),
      "|": (scanner) => scanner.#block(),
      ">": (scanner) => scanner.#block(),
      "'": (scanner) => scanner.#quoted(),
      '"': (scanner) => scanner.#quoted(),
    }).map(([character, read]) => [character.charCodeAt(0), read]),
  );

  /** Some characters are indicators only before white space. */
  #indicates(code: number): boolean {
    const depends = code === DASH || (this.#brackets === 0 && (code === QUESTION || code === COLON));
    return !depends || this.#cursor.is(BLANK_OR_END, 1);
  }

  #skipToToken(): void {
    const cursor = this.#cursor;
    do {
      cursor.skip(SPACE);
      if (cursor.code() === HASH) cursor.skipTo(BREAK_OR_END);
      if (cursor.is(BREAK) && this.#brackets === 0) this.#keyAllowed = true;
    } while (cursor.takeBreak() !== 0);
  }

  #end(): void {
    this.#unwind(-1);
    for (let level = 0; level < this.#keys.length; level++) this.#forget(level);
    this.#queue.push(T.STREAM_END, this.#cursor.at);
  }

  #directive(): void {
    this.#endDocument();
    this.#queue.push(T.DIRECTIVE, this.#cursor.at);
    this.#tags.readDirective(this.#cursor);
  }

  #marker(kind: number): void {
    this.#endDocument();
    this.#queue.push(kind, this.#cursor.at);
    this.#cursor.at += 3;
  }

  #endDocument(): void {
    if (this.#brackets === 0) this.#unwind(-1);
    this.#forget(this.#brackets);
    this.#keyAllowed = false;
  }

  #openBracket(kind: number): void {
    this.#mayBeKey();
    this.#brackets++;
    this.#checkDepth();
    this.#keyAllowed = true;
    this.#queue.push(kind, this.#cursor.at++);
  }

  #closeBracket(kind: number): void {
    if (this.#brackets === 0) throw new YamlSyntaxError("a bracket that was not opened", this.#cursor.at);
    this.#forget(this.#brackets);
    this.#brackets--;
    this.#keyAllowed = false;
    this.#queue.push(kind, this.#cursor.at++);
  }

  #comma(): void {
    this.#keyAllowed = true;
    this.#forget(this.#brackets);
    this.#queue.push(T.FLOW_ENTRY, this.#cursor.at++);
  }

  #dash(): void {
    const { at, column } = this.#cursor;
    if (this.#brackets === 0) {
      if (!this.#keyAllowed) throw new YamlSyntaxError("a list item is not allowed here", at);
      if (this.#indent(column)) this.#queue.push(T.BLOCK_SEQUENCE_START, at);
    }
    this.#keyAllowed = true;
    this.#forget(this.#brackets);
    this.#queue.push(T.BLOCK_ENTRY, this.#cursor.at++);
  }

  #question(): void {
    const { at, column } = this.#cursor;
    if (this.#brackets === 0) {
      if (!this.#keyAllowed) throw new YamlSyntaxError("a key is not allowed here", at);
      if (this.#indent(column)) this.#queue.push(T.BLOCK_MAPPING_START, at);
    }
    this.#keyAllowed = this.#brackets === 0;
    this.#forget(this.#brackets);
    this.#queue.push(T.KEY, this.#cursor.at++);
  }

  #colon(): void {
    const { at, column } = this.#cursor;
    const key = this.#keys[this.#brackets];
    if (key !== undefined && !this.#isStale(key)) {
      this.#keys[this.#brackets] = undefined;
      key.withKey = this.#brackets === 0 && this.#indent(key.column);
      key.kind = key.withKey ? T.BLOCK_MAPPING_START : T.KEY;
      this.#keyAllowed = false;
    } else {
      if (this.#brackets === 0) {
        if (!this.#keyAllowed) throw new YamlSyntaxError("a value without a key on its line", at);
        if (this.#indent(column)) this.#queue.push(T.BLOCK_MAPPING_START, at);
      }
      this.#keyAllowed = this.#brackets === 0;
      this.#forget(this.#brackets);
    }
    this.#queue.push(T.VALUE, this.#cursor.at++);
  }

  #name(kind: number): void {
    this.#mayBeKey();
    this.#keyAllowed = false;
    const token = this.#queue.push(kind, this.#cursor.at);
    token.from = readName(this.#cursor);
    token.to = this.#cursor.at;
  }

  #tag(): void {
    this.#mayBeKey();
    this.#keyAllowed = false;
    this.#queue.push(T.TAG, this.#cursor.at).tag = this.#tags.read(this.#cursor);
  }

  #quoted(): void {
    this.#mayBeKey();
    this.#keyAllowed = false;
    readQuoted(this.#cursor, this.#builder, this.#queue.push(T.SCALAR, this.#cursor.at));
  }

  #block(): void {
    if (this.#brackets > 0) throw new YamlSyntaxError("a block scalar inside brackets", this.#cursor.at);
    this.#keyAllowed = true;
    this.#forget(0);
    const token = this.#queue.push(T.SCALAR, this.#cursor.at);
    readBlock(this.#cursor, this.#builder, token, this.#column);
  }

  #plain(): void {
    const cursor = this.#cursor;
    const { at } = cursor;
    if (cursor.is(NO_TOKEN))
      throw new YamlSyntaxError(`no value starts with ${JSON.stringify(cursor.text.charAt(at))}`, at);
    this.#mayBeKey();
    const token = this.#queue.push(T.SCALAR, at);
    token.plain = true;
    // If it took the line breaks after it, a key may follow.
    this.#keyAllowed = readPlain(cursor, this.#builder, token, this.#brackets > 0, this.#column + 1);
  }

  /** What starts here may be a key, if a colon follows. */
  #mayBeKey(): void {
    if (!this.#keyAllowed) return;
    const cursor = this.#cursor;
    const level = this.#brackets;
    this.#forget(level);
    const key = this.#queue.push(T.UNDECIDED, cursor.at);
    key.level = level;
    key.line = cursor.line;
    key.column = cursor.column;
    key.characters = cursor.characters();
    key.required = level === 0 && this.#column === key.column;
    this.#keys[level] = key;
  }

  /** What might have been a key on this level is not one. */
  #forget(level: number): void {
    const key = this.#keys[level];
    if (key === undefined) return;
    if (key.required) throw new YamlSyntaxError("a key without a colon", key.at);
    key.kind = T.NO_KEY;
    this.#keys[level] = undefined;
  }

  #isStale(key: T.Token): boolean {
    return key.line !== this.#cursor.line || this.#cursor.characters() - key.characters > MAX_KEY;
  }

  /** Column of the innermost block collection, -1 outside of all. */
  get #column(): number {
    return this.#indents.at(-1) ?? -1;
  }

  /** Does a block collection start at this column? */
  #indent(column: number): boolean {
    if (this.#column >= column) return false;
    this.#indents.push(column);
    this.#checkDepth();
    return true;
  }

  /** Ends the block collections to the right of this column. */
  #unwind(column: number): void {
    while (this.#column > column) {
      this.#indents.pop();
      this.#queue.push(T.BLOCK_END, this.#cursor.at);
    }
  }

  /** Each level that the scanner sees is a collection: too many are refused before any is built. */
  #checkDepth(): void {
    if (this.#brackets + this.#indents.length > MAX_DEPTH) throw tooDeepError();
  }
}
