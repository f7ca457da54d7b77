type Fault = (message: string, at: number) => Error;

const SIMPLE: ReadonlyMap<string, string> = new Map([
  ["\\", "\\"],
  ["'", "'"],
  ['"', '"'],
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
]);

const HEX_DIGITS: ReadonlyMap<string, number> = new Map([
  ["x", 2],
  ["u", 4],
  ["U", 8],
]);

/** What ends a string or a plain piece of it, by its closing quotes. */
const SPECIAL: ReadonlyMap<string, RegExp> = new Map([
  ["'", /[\\\r\n']/g],
  ['"', /[\\\r\n"]/g],
  ["'''", /\\|\r|'''/g],
  ['"""', /\\|\r|"""/g],
]);

/**
 * Read a Python string literal: in single, double or triple quotes, with its escapes.
 *
 * @param start - Index of the first quote.
 * @param raw - Does a backslash stand for itself?
 * @param fault - Makes the error.
 * @returns the string, and the index after the last quote.
 */
export function readStringLiteral(text: string, start: number, raw: boolean, fault: Fault) {
  const quote = text[start]!;
  const triple = text.startsWith(quote.repeat(3), start);
  const close = triple ? quote.repeat(3) : quote;
  const special = SPECIAL.get(close)!;
  const parts: string[] = [];
  let at = start + close.length;
  for (;;) {
    special.lastIndex = at;
    const found = special.exec(text);
    if (found === null) throw fault("a string without an end", start);
    const [mark] = found;
    if (found.index > at) parts.push(text.slice(at, found.index));
    at = found.index + mark.length;
    if (mark === close) return { value: parts.join(""), end: at };
    if (mark === "\\") {
      const { value, end } = raw ? rawEscape(text, at) : readEscape(text, at, fault);
      parts.push(value);
      at = end;
    } else {
      if (!triple) throw fault("a string without an end", start);
      // Python reads any end of line as \n.
      parts.push("\n");
      if (text[at] === "\n") at++;
    }
  }
}

/** A backslash stays, and so does what follows it, be it a quote. */
function rawEscape(text: string, at: number): { value: string; end: number } {
  if (text[at] === "\r") return { value: "\\\n", end: text[at + 1] === "\n" ? at + 2 : at + 1 };
  return { value: `\\${text[at] ?? ""}`, end: at + 1 };
}

/** What follows a backslash. A backslash before anything else stands for itself. */
function readEscape(text: string, at: number, fault: Fault): { value: string; end: number } {
  const mark = text[at];
  if (mark === undefined) throw fault("a string without an end", at);
  if (mark === "\n") return { value: "", end: at + 1 };
  if (mark === "\r") return { value: "", end: text[at + 1] === "\n" ? at + 2 : at + 1 };
  const simple = SIMPLE.get(mark);
  if (simple !== undefined) return { value: simple, end: at + 1 };
  const digits = HEX_DIGITS.get(mark);
  if (digits !== undefined)
    return { value: readHex(text.slice(at + 1, at + 1 + digits), digits, at, fault), end: at + 1 + digits };
  const [octal] = /^[0-7]{1,3}/.exec(text.slice(at, at + 3)) ?? [];
  if (octal !== undefined) return { value: String.fromCharCode(Number.parseInt(octal, 8)), end: at + octal.length };
  if (mark === "N") throw fault("names of characters are not supported", at);
  return { value: "\\", end: at };
}

function readHex(hex: string, digits: number, at: number, fault: Fault): string {
  const codePoint = hex.length === digits && /^[0-9a-fA-F]+$/.test(hex) ? Number.parseInt(hex, 16) : Infinity;
  if (codePoint > 0x10ffff) throw fault("no character has this escape", at);
  return String.fromCodePoint(codePoint);
}
