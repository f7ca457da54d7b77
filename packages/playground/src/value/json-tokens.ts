import type { ReadAt } from "./layout.ts";

/** What a byte of JSON belongs to. */
export type Token = "space" | "punctuation" | "key" | "string" | "number" | "literal";

/** Where a reader of JSON is, between two bytes. */
interface State {
  readonly isInString: boolean;
  /** Is the next byte escaped? */
  readonly isEscaped: boolean;
}

const OUTSIDE: State = { isInString: false, isEscaped: false };
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** Is known of each part of so many bytes, so that any place is found soon. */
const STEP = 2 ** 20;
/** Bytes before and after those that are asked for: enough for a number, and to see whether a string is a key. */
const AROUND = 256;

/** Tells the tokens of JSON apart anywhere in a long text, of which it reads no more than it must. */
export class JsonTokens {
  readonly #readAt: ReadAt;
  readonly #start: number;
  readonly #end: number;
  /** At the beginning of each step. */
  readonly #states: State[] = [OUTSIDE];

  /** @param start - Offset of the JSON in what is read. */
  constructor(readAt: ReadAt, start: number, end: number) {
    this.#readAt = readAt;
    this.#start = start;
    this.#end = end;
  }

  /** Of the bytes from one offset up to another one. */
  async tokens(from: number, to: number): Promise<readonly Token[]> {
    const begin = Math.max(this.#start, from - AROUND);
    const bytes = await this.#read(begin, Math.min(this.#end, to + AROUND));
    return classify(bytes, await this.#stateAt(begin)).slice(from - begin, to - begin);
  }

  async #stateAt(offset: number): Promise<State> {
    const step = Math.floor((offset - this.#start) / STEP);
    while (this.#states.length <= step) {
      const at = this.#start + (this.#states.length - 1) * STEP;
      this.#states.push(advance(await this.#read(at, at + STEP), this.#states.at(-1)!));
    }
    return advance(await this.#read(this.#start + step * STEP, offset), this.#states[step]!);
  }

  #read(from: number, to: number): Promise<Uint8Array> {
    return this.#readAt(from, to - from);
  }
}

function advance(bytes: Uint8Array, { isInString, isEscaped }: State): State {
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (isEscaped) isEscaped = false;
    else if (byte === QUOTE) isInString = !isInString;
    else if (isInString && byte === BACKSLASH) isEscaped = true;
  }
  return { isInString, isEscaped };
}

/** Outside of strings; what is missing is part of a number or a literal. */
const SINGLE: ReadonlyMap<number, Token> = new Map(
  (
    [
      [" \t\n\r", "space"],
      ["{}[],:", "punctuation"],
    ] as const
  ).flatMap(([characters, token]) => [...characters].map((character) => [character.charCodeAt(0), token] as const)),
);

function classify(bytes: Uint8Array, state: State): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < bytes.length) {
    const isString = tokens.length === 0 && state.isInString ? true : bytes[at] === QUOTE;
    const single = isString ? undefined : SINGLE.get(bytes[at]!);
    const end = isString ? endOfString(bytes, at, state) : single === undefined ? endOfWord(bytes, at) : at + 1;
    const token = isString ? (isKey(bytes, end) ? "key" : "string") : (single ?? wordAt(bytes, at));
    while (at < end) {
      tokens.push(token);
      at++;
    }
  }
  return tokens;
}

/** @param state - Before the first byte: of the string that goes on there. */
function endOfString(bytes: Uint8Array, start: number, state: State): number {
  const goesOn = start === 0 && state.isInString;
  let isEscaped = goesOn && state.isEscaped;
  for (let at = goesOn ? start : start + 1; at < bytes.length; at++) {
    if (isEscaped) isEscaped = false;
    else if (bytes[at] === BACKSLASH) isEscaped = true;
    else if (bytes[at] === QUOTE) return at + 1;
  }
  return bytes.length;
}

function isKey(bytes: Uint8Array, end: number): boolean {
  let at = end;
  while (SINGLE.get(bytes[at] ?? 0) === "space") at++;
  return bytes[at] === COLON;
}

function endOfWord(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && bytes[at] !== QUOTE && !SINGLE.has(bytes[at]!)) at++;
  return at;
}

function wordAt(bytes: Uint8Array, at: number): Token {
  return /[-\d]/.test(String.fromCharCode(bytes[at]!)) ? "number" : "literal";
}
