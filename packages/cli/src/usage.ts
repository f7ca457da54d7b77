import { parseArgs } from "node:util";
import { printable } from "./printable.ts";

/** How a command is called, for people and for the parser. */
export interface Usage {
  readonly name: string;
  /** What stands behind the options: `FILE…`. */
  readonly operands: string;
  /** One line. */
  readonly summary: string;
  /** Sentences that say what a reader must know besides. */
  readonly details: string;
  /** Options besides those that every command has: name → what it does. */
  readonly options: Readonly<Record<string, string>>;
  /** Command lines and what they print. */
  readonly example: string;
}

/** Every option is a switch; all that a command knows are there. */
export type Flags = Readonly<Record<string, boolean>>;

/** The command line makes no sense. The message is one line, safe to print. */
export class UsageError extends Error {}

const COMMON: Readonly<Record<string, string>> = {
  json: "print one JSON object a line, for programs",
  quiet: "no progress and no notes on standard error, only errors",
  progress: "show progress even where standard error is no terminal",
  help: "print this text",
  version: "print the version",
};

/**
 * @throws {UsageError} for an unknown option, or no operand.
 */
export function parseArguments(usage: Usage, args: readonly string[]): { operands: readonly string[]; flags: Flags } {
  const names = Object.keys({ ...usage.options, ...COMMON });
  const options = Object.fromEntries(names.map((name) => [name, { type: "boolean" as const, default: false }]));
  const { values, positionals } = parse({ args: [...args], options, allowPositionals: true, strict: true });
  const flags = values as Flags;
  if (positionals.length === 0 && !flags["help"] && !flags["version"]) {
    throw new UsageError(`${usage.operands} is missing`);
  }
  for (const operand of positionals) if (operand === "") throw new UsageError("an operand is empty");
  return { operands: positionals, flags };
}

function parse(config: Parameters<typeof parseArgs>[0]) {
  try {
    return parseArgs(config);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code?.startsWith("ERR_PARSE_ARGS")) throw new UsageError(printable(message.split(". ")[0]!));
    throw error;
  }
}

/** Is `--json` among the options, even where they make no sense as a whole? */
export function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end === -1 ? undefined : end).includes("--json");
}

export function helpText(usage: Usage): string {
  const options = Object.entries({ ...usage.options, ...COMMON });
  const width = Math.max(...options.map(([name]) => name.length)) + 4;
  return [
    `Usage: ${usage.name} [OPTION]… ${usage.operands}`,
    usage.summary,
    "",
    usage.details,
    "",
    "Options:",
    ...options.map(([name, text]) => `  ${`--${name}`.padEnd(width)}${text}`),
    "",
    "Example:",
    ...usage.example.split("\n").map((line) => `  ${line}`),
    "",
    "Exit status: 0 if all went well, 1 if something failed or differs, 2 for wrong usage, 130 after Ctrl-C.",
  ].join("\n");
}
