import { describe, shorten } from "@seamless/internal/text";
import {
  AFTER_NAME,
  BLANK_OR_END,
  BREAK_OR_END,
  type Cursor,
  SPACE,
  SPACE_OR_END,
  URI,
  WORD,
  YamlSyntaxError,
} from "./cursor.ts";

// Tags, names and directives as PyYAML's scanner reads them: https://github.com/yaml/pyyaml/blob/6.0.3/lib/yaml/scanner.py

const BANG = 0x21;
const HASH = 0x23;
const DOT = 0x2e;
const LESS = 0x3c;
const GREATER = 0x3e;
/** Longest number of a version: the most digits that Python reads as an integer. */
const MAX_DIGITS = 4300;

/** The tags of a text: handles that its directives declare, and the numbers of names. */
export class Tags {
  /** Tag handles and what each stands for. */
  readonly #handles = new Map<string, string>();
  readonly #names: TagNames;
  #hasVersion = false;

  constructor(names: TagNames) {
    this.#names = names;
  }

  /** Reads a directive; the cursor is at its `%`. */
  readDirective(cursor: Cursor): void {
    const start = cursor.at++;
    const name = takeAll(cursor, WORD);
    if (name === "" || !cursor.is(SPACE_OR_END)) throw new YamlSyntaxError("a bad name of a directive", start);
    if (name === "YAML") this.#version(cursor);
    else if (name === "TAG") this.#declare(cursor);
    else cursor.skipTo(BREAK_OR_END);
    cursor.skip(SPACE);
    if (cursor.code() === HASH) cursor.skipTo(BREAK_OR_END);
    if (!cursor.is(BREAK_OR_END)) throw new YamlSyntaxError("text after a directive", cursor.at);
  }

  /** The number of the tag at the cursor. */
  read(cursor: Cursor): number {
    const start = cursor.at;
    const tag = this.#read(cursor);
    if (!cursor.is(SPACE_OR_END)) throw new YamlSyntaxError("a tag ends at a space", start);
    return tag;
  }

  #version(cursor: Cursor): void {
    cursor.skip(SPACE);
    const start = cursor.at;
    const major = readNumber(cursor);
    if (cursor.code() !== DOT) throw new YamlSyntaxError("a bad version of YAML", start);
    cursor.at++;
    readNumber(cursor);
    if (major !== 1 || this.#hasVersion || !cursor.is(SPACE_OR_END)) {
      throw new YamlSyntaxError("a document has one version of YAML, 1.x", start);
    }
    this.#hasVersion = true;
  }

  #declare(cursor: Cursor): void {
    cursor.skip(SPACE);
    const start = cursor.at;
    const handle = readHandle(cursor);
    const spaced = cursor.is(SPACE);
    cursor.skip(SPACE);
    const prefix = readUri(cursor);
    if (!spaced || !cursor.is(SPACE_OR_END) || this.#handles.has(handle)) {
      throw new YamlSyntaxError("a bad or repeated tag handle", start);
    }
    this.#handles.set(handle, prefix);
  }

  #read(cursor: Cursor): number {
    const start = cursor.at;
    if (cursor.is(BLANK_OR_END, 1)) {
      cursor.at++;
      return TAG.unspecific;
    }
    if (cursor.code(1) === LESS) {
      cursor.at += 2;
      const name = readUri(cursor);
      if (cursor.code() !== GREATER) throw new YamlSyntaxError("a verbatim tag is not closed", cursor.at);
      cursor.at++;
      return this.#names.number("", name);
    }
    let handle = "!";
    if (hasSecondMark(cursor)) handle = readHandle(cursor);
    else cursor.at++;
    const prefix = this.#handles.get(handle) ?? { "!": "!", "!!": CORE }[handle];
    if (prefix === undefined) throw new YamlSyntaxError(`the tag handle ${describe(handle)} is not declared`, start);
    return this.#names.number(prefix, readUri(cursor));
  }
}

/** Is there another `!` in this word? */
function hasSecondMark(cursor: Cursor): boolean {
  for (let ahead = 1; !cursor.is(SPACE_OR_END, ahead); ahead++) {
    if (cursor.code(ahead) === BANG) return true;
  }
  return false;
}

/** `!`, `!!` or `!name!`. */
function readHandle(cursor: Cursor): string {
  const start = cursor.at;
  if (cursor.code() === BANG) cursor.at++;
  if (!cursor.is(SPACE)) {
    cursor.skip(WORD);
    if (cursor.code() !== BANG) throw new YamlSyntaxError("a bad tag handle", start);
    cursor.at++;
  }
  const handle = cursor.text.slice(start, cursor.at);
  if (!handle.startsWith("!")) throw new YamlSyntaxError("a bad tag handle", start);
  return handle;
}

function readUri(cursor: Cursor): string {
  const start = cursor.at;
  const uri = takeAll(cursor, URI);
  if (uri === "") throw new YamlSyntaxError("a tag without a name", start);
  try {
    return decodeURIComponent(uri);
  } catch {
    throw new YamlSyntaxError("a bad % escape in a tag", start);
  }
}

function readNumber(cursor: Cursor): number {
  const start = cursor.at;
  const digits = takeAll(cursor, WORD);
  if (!/^[0-9]+$/.test(digits) || digits.length > MAX_DIGITS) throw new YamlSyntaxError("a bad version of YAML", start);
  return Number(digits);
}

/** Reads the name of the anchor or alias at the cursor; returns where it starts. It ends at the cursor. */
export function readName(cursor: Cursor): number {
  const start = ++cursor.at;
  cursor.skip(WORD);
  if (cursor.at === start || !cursor.is(BLANK_OR_END | AFTER_NAME)) {
    throw new YamlSyntaxError("a bad name of an anchor or alias", start - 1);
  }
  return start;
}

function takeAll(cursor: Cursor, classes: number): string {
  const start = cursor.at;
  cursor.skip(classes);
  return cursor.text.slice(start, cursor.at);
}

const CORE = "tag:yaml.org,2002:";

/** Numbers of the tags that mean something here. */
export const TAG = {
  none: 0,
  /** `!` alone. */
  unspecific: 1,
  str: 2,
  seq: 3,
  map: 4,
  null: 5,
  bool: 6,
  int: 7,
  float: 8,
  timestamp: 9,
  binary: 10,
  set: 11,
  omap: 12,
  pairs: 13,
  merge: 14,
  value: 15,
  yaml: 16,
} as const;

const NAMES = Object.keys(TAG).map((name) => (name === "none" ? "" : name === "unspecific" ? "!" : CORE + name));

/** The tags of a document, each name once. */
export class TagNames {
  readonly #names = [...NAMES];
  readonly #numbers = new Map(NAMES.map((name, number) => [name, number]));

  /** The number of a name that is given in two parts. Names that mean something are short: of longer ones the beginning is enough. */
  number(prefix: string, suffix: string): number {
    const name = shorten(shorten(prefix) + shorten(suffix));
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#numbers.set(name, this.#names.length);
    return this.#names.push(name) - 1;
  }

  name(number: number): string {
    return this.#names[number]!;
  }
}
