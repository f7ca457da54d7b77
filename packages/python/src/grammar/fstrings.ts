import type { Expressions } from "./expressions.ts";
import { FSTRING_END, FSTRING_MIDDLE, idOf, isName } from "./ids.ts";

const [BRACE, BRACE_END, COLON, EQUALS, EXCLAMATION] = [idOf("{"), idOf("}"), idOf(":"), idOf("="), idOf("!")];

/** From the start to the end of an f-string: its tokens come from the tokenizer apart. */
export function readFString(reader: Expressions): void {
  reader.advance();
  readParts(reader);
  reader.expect(FSTRING_END, "the end of the f-string");
}

function readParts(reader: Expressions): void {
  for (;;) {
    if (reader.id === FSTRING_MIDDLE) reader.advance();
    else if (reader.id === BRACE) readField(reader);
    else return;
  }
}

/** `{value=!r:format}` */
function readField(reader: Expressions): void {
  reader.advance();
  reader.value();
  reader.accept(EQUALS);
  if (reader.id === EXCLAMATION) readConversion(reader);
  if (reader.accept(COLON)) readParts(reader);
  reader.expect(BRACE_END, "'}'");
}

const CONVERSIONS: ReadonlySet<string> = new Set(["s", "r", "a"]);

function readConversion(reader: Expressions): void {
  const { rows, starts } = reader.tokens;
  const mark = reader.at;
  reader.advance();
  const { at } = reader;
  if (!isName(reader.id) || rows[at] !== rows[mark] || starts[at] !== starts[mark]! + 1)
    reader.fail("f-string: a conversion must come right after the exclamation mark");
  if (!CONVERSIONS.has(reader.textOf(at))) reader.fail("f-string: a conversion is s, r or a");
  reader.advance();
}
