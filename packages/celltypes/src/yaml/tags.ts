// Tags, anchors and directives as PyYAML's scanner reads them, which differs from js-yaml in what may follow each.
import { type Cursor, isBlankOrEnd, isBreakOrEnd, isSpaceOrEnd } from "./cursor.ts";
import { shorten, YamlFault } from "./fault.ts";

export const CORE = "tag:yaml.org,2002:";
/** Tag handles and what each stands for. */
export type TagHandles = Map<string, string>;

/** What the `%` lines before a document declare. */
export class Directives {
  readonly handles: TagHandles = new Map();
  #hasVersion = false;

  /** Reads one line; the cursor is at its `%`. */
  read(cursor: Cursor): void {
    const start = cursor.at++;
    const name = cursor.take(/[0-9A-Za-z_-]*/y);
    if (name === "" || !isSpaceOrEnd(cursor.peek())) throw new YamlFault("a bad name of a directive", start);
    if (name === "YAML") this.#version(cursor);
    else if (name === "TAG") this.#tag(cursor);
    else cursor.skipToBreak();
    cursor.skip(" ");
    if (cursor.peek() === "#") cursor.skipToBreak();
    if (!isBreakOrEnd(cursor.peek())) throw new YamlFault("text after a directive", cursor.at);
  }

  #version(cursor: Cursor): void {
    const start = cursor.at;
    cursor.skip(" ");
    const major = /^0*1\.[0-9]+$/.test(cursor.take(/[0-9]+\.[0-9]+/y));
    if (!major || this.#hasVersion || !isSpaceOrEnd(cursor.peek())) {
      throw new YamlFault("a document has one version of YAML, 1.x", start);
    }
    this.#hasVersion = true;
  }

  #tag(cursor: Cursor): void {
    cursor.skip(" ");
    const start = cursor.at;
    const handle = readHandle(cursor);
    const spaced = cursor.peek() === " ";
    cursor.skip(" ");
    const prefix = readUri(cursor);
    if (!spaced || !isSpaceOrEnd(cursor.peek()) || this.handles.has(handle)) {
      throw new YamlFault("a bad or repeated tag handle", start);
    }
    this.handles.set(handle, prefix);
  }
}

/** The full name of the tag at the cursor. `!` alone stays `!`. */
export function readTag(cursor: Cursor, handles: TagHandles): string {
  const start = cursor.at;
  const tag = readTagName(cursor, handles);
  if (!isSpaceOrEnd(cursor.peek())) throw new YamlFault("a tag ends at a space", start);
  return tag;
}

function readTagName(cursor: Cursor, handles: TagHandles): string {
  const next = cursor.peek(1);
  if (isBlankOrEnd(next)) {
    cursor.at++;
    return "!";
  }
  if (next === "<") {
    cursor.at += 2;
    const name = readUri(cursor);
    if (cursor.peek() !== ">") throw new YamlFault("a verbatim tag is not closed", cursor.at);
    cursor.at++;
    return name;
  }
  const start = cursor.at;
  let handle = "!";
  if (hasSecondMark(cursor)) handle = readHandle(cursor);
  else cursor.at++;
  const prefix = handles.get(handle) ?? { "!": "!", "!!": CORE }[handle];
  if (prefix === undefined) throw new YamlFault(`the tag handle ${shorten(handle)} is not declared`, start);
  return prefix + readUri(cursor);
}

/** Is there another `!` in this word? */
function hasSecondMark(cursor: Cursor): boolean {
  const start = cursor.at;
  const word = cursor.take(/[^\0 \r\n\x85\u2028\u2029]*/y);
  cursor.at = start;
  return word.includes("!", 1);
}

/** `!`, `!!` or `!name!`. */
function readHandle(cursor: Cursor): string {
  const start = cursor.at;
  if (cursor.peek() === "!") cursor.at++;
  // Step by step: on millions of letters an expression for the whole would run out of stack.
  if (cursor.peek() !== " ") {
    cursor.take(/[0-9A-Za-z_-]*/y);
    if (cursor.peek() !== "!") throw new YamlFault("a bad tag handle", start);
    cursor.at++;
  }
  const handle = cursor.text.slice(start, cursor.at);
  if (!handle.startsWith("!")) throw new YamlFault("a bad tag handle", start);
  return handle;
}

function readUri(cursor: Cursor): string {
  const start = cursor.at;
  const uri = cursor.take(/[0-9A-Za-z\-;/?:@&=+$,_.!~*'()[\]%]*/y);
  if (uri === "") throw new YamlFault("a tag without a name", start);
  try {
    return decodeURIComponent(uri);
  } catch {
    throw new YamlFault("a bad % escape in a tag", start);
  }
}

/** The name of the anchor or alias at the cursor. */
export function readAnchor(cursor: Cursor): string {
  const start = cursor.at++;
  const name = cursor.take(/[0-9A-Za-z_-]*/y);
  const next = cursor.peek();
  if (name === "" || !(isBlankOrEnd(next) || "?:,]}%@`".includes(next))) {
    throw new YamlFault("a bad name of an anchor or alias", start);
  }
  return name;
}
