import { checksumInput } from "../files/checksum-input.ts";
import { DECOMPRESS_OPTION, type Decompression, decompressionOf, refuseNameless } from "../files/compressed.ts";
import { eachFile } from "../files/operands.ts";
import { UsageError } from "../program/arguments.ts";
import type { Call, Command } from "../program/command.ts";
import { checksumLine, taggedLine } from "../program/format.ts";

export const checksum: Command = {
  name: "seamless-checksum",
  operands: "FILE…",
  summary: "Print the SHA-256 checksum of files.",
  details: [
    "One file prints just its checksum; several print lines that 'sha256sum -c' accepts.",
    "'-' is standard input.",
    "With -c, each FILE is a list of such lines, or of those of --tag: the files that it names are hashed and compared,",
    "as by 'sha256sum -c'. Of --quiet, --warn and --status, the last one counts.",
  ].join("\n"),
  options: {
    check: { kind: "switch", short: "c", does: "read check lists, and check the files that they name" },
    "ignore-missing": "with -c: files that do not exist are no failures, if at least one is right",
    strict: "with -c: fail for lines in no known format",
    warn: { kind: "switch", short: "w", does: "with -c: name each line in no known format" },
    status: "with -c: print nothing; the exit status says it",
    tag: "print lines as the tools of BSD do: SHA256 (FILE) = …; also for one file",
    zero: { kind: "switch", short: "z", does: "end lines with a zero byte, and escape no names" },
    ...DECOMPRESS_OPTION,
  },
  example: [
    "$ printf 'hello\\n' | seamless-checksum -",
    "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    "$ seamless-checksum data.csv data/a.txt > list",
    "$ seamless-checksum -c list",
    "data.csv: OK",
    "data/a.txt: OK",
  ].join("\n"),

  async run(call) {
    checkFlags(call);
    if (call.flags["check"]) {
      const { checkLists } = await import("./checksum-check.ts");
      return checkLists(call, await decompressionOf(call));
    }
    refuseNameless(call);
    const lineOf = outputFormat(call);
    const decompression = await decompressionOf(call);
    decompression.count(call.operands);
    decompression.note();
    const ahead = call.operands.length > 1 ? await lookAhead(call, decompression) : undefined;
    return eachFile(call, async (job) => {
      const content = decompression.of(job.path);
      const hex = (await ahead?.(job.index, job)) ?? (await checksumInput(job, content?.decode)).hex();
      // The checksum is not that of the file.
      const name = content?.name ?? job.path;
      if (call.flags["zero"]) call.console.print(lineOf(hex, name), "\0");
      else call.console.result(lineOf(hex, name), { path: job.path, checksum: hex });
    });
  },
};

/** What is decompressed is hashed in its turn. */
async function lookAhead({ operands }: Call, decompression: Decompression) {
  if (operands.some((path) => decompression.of(path) !== undefined)) return undefined;
  return (await import("../files/hash-ahead.ts")).hashAhead(operands);
}

/** Options that only make sense together with another. */
const ONLY_CHECKING = ["ignore-missing", "strict", "warn", "status"];
/** Options that contradict each other. */
const CONTRARY = [
  ["check", "tag"],
  ["check", "zero"],
  ["json", "tag"],
  ["json", "zero"],
] as const;

function checkFlags({ flags }: Call): void {
  const lonely = ONLY_CHECKING.find((name) => flags[name] && !flags["check"]);
  if (lonely !== undefined) throw new UsageError(`--${lonely} is for check lists: it needs -c`);
  for (const [one, other] of CONTRARY) {
    if (flags[one] && flags[other]) throw new UsageError(`--${other} has no meaning with --${one}`);
  }
}

/** How a checksum is printed. Without a line break at its end, a name needs no escaping. */
function outputFormat({ flags, operands }: Call): (hex: string, path: string) => string {
  if (flags["tag"]) return flags["zero"] ? (hex, path) => `SHA256 (${path}) = ${hex}` : taggedLine;
  if (operands.length === 1) return (hex) => hex;
  return flags["zero"] ? (hex, path) => `${hex}  ${path}` : checksumLine;
}
