import { type Checksum, isSeamlessError, SeamlessError } from "@seamless/checksum";
import { createLineParser, type ListedFile, readCheckList } from "../files/check-list.ts";
import { checksumInput } from "../files/checksum-input.ts";
import type { Decompression } from "../files/compressed.ts";
import { drained } from "../files/streams.ts";
import type { Call } from "../program/command.ts";
import { plural, printable, verdictLine } from "../program/format.ts";

/** What came of a file, in the words of `sha256sum -c`. */
const VERDICTS = { matched: "OK", failed: "FAILED", unreadable: "FAILED open or read" } as const;
type Verdict = keyof typeof VERDICTS | "missing";

/** How much is said: of these options, the last one counts. */
const LOUDNESS: readonly string[] = ["quiet", "warn", "status"];

/**
 * Checks the files of check lists.
 *
 * @returns whether all of them are right, in each list.
 */
export async function checkLists(call: Call, decompression: Decompression): Promise<boolean> {
  const parse = createLineParser();
  let ok = true;
  for (const list of call.operands) {
    try {
      ok = (await checkList(call, list, parse, decompression)) && ok;
    } catch (error) {
      call.signal.throwIfAborted();
      call.console.report(error, list);
      ok = false;
    }
  }
  return ok;
}

async function checkList(
  call: Call,
  list: string,
  parse: ReturnType<typeof createLineParser>,
  decompression: Decompression,
): Promise<boolean> {
  const { console, flags, signal } = call;
  const loudness = call.given.findLast((name) => LOUDNESS.includes(name));
  const silent = loudness === "status";
  const name = list === "-" ? "standard input" : printable(list);
  const counts = { matched: 0, failed: 0, unreadable: 0, missing: 0, malformed: 0 };
  for await (const { number, listed } of readCheckList(list, parse, signal)) {
    if (listed === undefined) {
      counts.malformed++;
      if (loudness === "warn") console.warn(`${name}: ${number}: not a line of a check list`);
      continue;
    }
    const verdict = await checkFile(call, listed, decompression);
    counts[verdict]++;
    if (silent || verdict === "missing") continue;
    if (flags["json"]) console.print(JSON.stringify({ list, path: listed.shown, checksum: listed.checksum, verdict }));
    else if (verdict !== "matched" || loudness !== "quiet") console.print(verdictLine(listed.shown, VERDICTS[verdict]));
    await drained(signal);
  }
  const checked = counts.matched + counts.failed + counts.unreadable;
  const ok =
    counts.matched > 0 && counts.failed + counts.unreadable === 0 && !(flags["strict"] && counts.malformed > 0);
  if (flags["json"] && !silent) console.print(JSON.stringify({ list, ok, ...counts }));
  if (checked + counts.missing === 0) console.warn(`${name}: there is no line of a check list in it`);
  else if (!silent) warnOf(call, name, counts);
  return ok;
}

async function checkFile(
  { console, flags, signal }: Call,
  { path, shown, checksum }: ListedFile,
  decompression: Decompression,
): Promise<Verdict> {
  try {
    if (path === undefined)
      throw new SeamlessError("INVALID_NAME", `cannot read ${printable(shown)}: its name is not UTF-8`);
    const found = await checksumOf(path, signal, decompression);
    return found.hex() === checksum ? "matched" : "failed";
  } catch (error) {
    signal.throwIfAborted();
    if (flags["ignore-missing"] && isSeamlessError(error, "NOT_FOUND")) return "missing";
    console.warn((error as Error).message);
    return "unreadable";
  }
}

/** The checksum of a file; if there is none of that name, of what a compressed one holds. */
async function checksumOf(path: string, signal: AbortSignal, { holders }: Decompression): Promise<Checksum> {
  const ways = [{ path, decode: undefined }, ...holders(path)];
  let missing: unknown;
  for (const { path, decode } of ways) {
    try {
      return await checksumInput({ path, signal, onProgress: undefined }, decode);
    } catch (error) {
      if (!isSeamlessError(error, "NOT_FOUND")) throw error;
      missing ??= error;
    }
  }
  throw missing;
}

function warnOf({ console, flags }: Call, name: string, counts: Readonly<Record<Verdict | "malformed", number>>): void {
  const { malformed, unreadable, failed, matched } = counts;
  if (malformed > 0) console.warn(`${name}: ${plural(malformed, "line")} in no known format`);
  if (unreadable > 0) console.warn(`${name}: ${plural(unreadable, "file")} could not be read`);
  if (failed > 0) console.warn(`${name}: ${plural(failed, "file")} with another checksum than listed`);
  if (flags["ignore-missing"] && matched === 0) console.warn(`${name}: no file was verified`);
}
