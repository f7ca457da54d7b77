import { readInput } from "./streams.ts";

/** A line of a check list: a file and the checksum that it should have. */
export interface ListedFile {
  readonly checksum: string;
  /** Its name; `undefined` where that is not UTF-8, so that no file can be found by it. */
  readonly path: string | undefined;
  /** The name as it is shown, with U+FFFD for what is not UTF-8. */
  readonly shown: string;
}

/** A line that is neither blank nor a comment, by its number; without a file if it is not in a known format. */
export interface ListLine {
  readonly number: number;
  readonly listed: ListedFile | undefined;
}

/** Longer than any name that a file can have, escaped: what is longer is no line of a list, and is not kept in memory. */
const LONGEST = 2 ** 16;

/**
 * Reads a check list, as bytes: names need not be UTF-8.
 *
 * @param list - Its path; `-` is standard input.
 * @param parse - Made by `createLineParser`.
 * @throws {SeamlessError} file codes; the signal's reason.
 */
export async function* readCheckList(
  list: string,
  parse: ReturnType<typeof createLineParser>,
  signal: AbortSignal,
): AsyncGenerator<ListLine, void, undefined> {
  let number = 0;
  for await (const line of splitLines(readInput(list, signal))) {
    number++;
    const text = line.replace(/\r$/, "");
    if (text === "" || text.startsWith("#")) continue;
    const listed = text.length > LONGEST ? undefined : parse(text);
    // A list that is standard input cannot name standard input.
    yield { number, listed: list === "-" && listed?.path === "-" ? undefined : listed };
  }
}

/** Splits chunks into lines, a character for each byte. A line that is too long is cut off shortly behind the limit. */
async function* splitLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  let rest = "";
  for await (const chunk of chunks) {
    const lines = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("latin1").split("\n");
    lines[0] = `${rest}${lines[0]!}`;
    rest = lines.pop()!.slice(0, LONGEST + 2);
    yield* lines;
  }
  if (rest !== "") yield rest;
}

/** `SHA256 (name) = checksum`, as `--tag` and the tools of BSD print it. The name ends at the last parenthesis. */
const TAGGED = /^[ \t]*(\\?)SHA256 ?\((.*)\)[ \t]*=[ \t]*([0-9a-fA-F]{64})$/s;
const BEGINS_TAGGED = /^[ \t]*\\?SHA256/;
/** `checksum  name`, where the second blank is the mark of a text and `*` that of a binary file. */
const PLAIN = /^[ \t]*(\\?)([0-9a-fA-F]{64})[ \t](.+)$/s;

/**
 * Makes a function that parses the lines of check lists as `sha256sum -c` does. Some tools of BSD print one blank and no
 * mark: what the first line has holds for all lists of a run, or a blank could be made a part of a name or taken from it.
 *
 * @returns `undefined` for a line that is in no known format.
 */
export function createLineParser(): (line: string) => ListedFile | undefined {
  let marked: boolean | undefined;
  const stripMark = (rest: string): string | undefined => {
    const hasMark = rest.length > 1 && /^[ *]/.test(rest);
    if (!hasMark && marked === true) return undefined;
    marked ??= hasMark;
    return marked ? rest.slice(1) : rest;
  };
  return (line) => {
    if (BEGINS_TAGGED.test(line)) {
      const [, backslash, name, checksum] = TAGGED.exec(line) ?? [];
      return checksum === undefined ? undefined : listedFile(name!, backslash !== "", checksum);
    }
    const [, backslash, checksum, rest] = PLAIN.exec(line) ?? [];
    const name = checksum === undefined ? undefined : stripMark(rest!);
    return name === undefined ? undefined : listedFile(name, backslash !== "", checksum!);
  };
}

function listedFile(name: string, escaped: boolean, checksum: string): ListedFile | undefined {
  if (name.includes("\0") || (escaped && !/^(?:[^\\]|\\[\\nr])*$/.test(name))) return undefined;
  const raw = escaped ? name.replace(/\\(.)/g, (_, letter: string) => UNESCAPED[letter]!) : name;
  const bytes = Buffer.from(raw, "latin1");
  const shown = bytes.toString();
  const path = Buffer.from(shown).equals(bytes) ? shown : undefined;
  return { checksum: checksum.toLowerCase(), path, shown };
}

const UNESCAPED: Readonly<Record<string, string>> = { "\\": "\\", n: "\n", r: "\r" };
