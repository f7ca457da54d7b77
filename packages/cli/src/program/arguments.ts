import { type ParseArgsConfig, parseArgs } from "node:util";
import { isSeamlessError } from "@seamless/checksum";
import { printable } from "./format.ts";
import {
  isSwitch,
  joinRanges,
  type OptionTable,
  optionPurpose,
  optionSyntax,
  parseRange,
  parserOptions,
  parseSize,
  valueProblem,
} from "./options.ts";

/** How a command is called: for the help and for the parser. */
export interface Usage {
  readonly name: string;
  /** The operands: `FILE…`, with the dots if there may be several; `FROM TO`; in brackets what may be left out. */
  readonly operands: string;
  /**
   * May an operand be empty, as the name of a file is not?
   * @default false
   */
  readonly emptyOperands?: boolean;
  /**
   * What follows the name in the help.
   * @default "[OPTION]… " and the operands
   */
  readonly synopsis?: string;
  /** Exit status after an error, for commands where 1 says that something differs. @default 1 */
  readonly failureStatus?: number;
  /** One line. */
  readonly summary: string;
  /** Further explanation, in sentences. */
  readonly details: string;
  /** Options in addition to those that every command has. */
  readonly options: OptionTable;
  /** Command lines with their output. */
  readonly example: string;
  /**
   * All that `--help` prints.
   * @default made of the rest
   */
  readonly help?: string;
}

/** The switches, with a value for each one of the command. */
export type Flags = Readonly<Record<string, boolean>>;

/** A parsed command line. Each option that was given is in the record of its kind. */
export interface Arguments {
  readonly operands: readonly string[];
  /** The names of the options, in the order in which they were given. */
  readonly given: readonly string[];
  readonly flags: Flags;
  /** Values of options that take a text or one of several choices. */
  readonly texts: Readonly<Record<string, string | undefined>>;
  /** Sizes are in bytes. */
  readonly numbers: Readonly<Record<string, number | undefined>>;
  readonly ranges: Readonly<Record<string, readonly [number, number] | undefined>>;
  readonly lists: Readonly<Record<string, readonly string[] | undefined>>;
}

/** The command line is invalid. The message is one line, safe to print. */
export class UsageError extends Error {}

const COMMON: OptionTable = {
  json: "print one JSON object per line, for programs",
  quiet: "only errors on standard error: no progress, no notes",
  progress: "show progress even if standard error is not a terminal",
  help: { kind: "switch", short: "h", does: "print this help" },
  version: { kind: "switch", short: "V", does: "print the version" },
};

/** All options of a command: its own, and those that every command has. */
export function allOptions({ options }: Usage): OptionTable {
  return { ...options, ...COMMON };
}

/**
 * @throws {UsageError} for an unknown option, a value that an option does not take, two values for one that takes one, and for
 * too few or too many operands.
 */
export function parseArguments(usage: Usage, args: readonly string[]): Arguments {
  const table = allOptions(usage);
  const options = parserOptions(table);
  const { values, positionals, tokens } = parse(
    { args: joinRanges(table, args), options, allowPositionals: true, strict: true, tokens: true },
    Object.keys(table),
  );
  const found = sortValues(table, values as Values);
  checkGivenOnce(table, tokens);
  if (!usage.emptyOperands && positionals.includes("")) throw new UsageError("an operand is empty");
  if (!found.flags["help"] && !found.flags["version"]) checkOperandCount(usage, positionals);
  const given = tokens.flatMap((token) => (token.kind === "option" ? [token.name] : []));
  return { operands: positionals, given, ...found };
}

type Values = Readonly<Record<string, boolean | string | readonly string[]>>;

function sortValues(table: OptionTable, values: Values): Omit<Arguments, "operands" | "given"> {
  const flags: Record<string, boolean> = {};
  const texts: Record<string, string> = {};
  const numbers: Record<string, number> = {};
  const ranges: Record<string, readonly [number, number]> = {};
  const lists: Record<string, readonly string[]> = {};
  for (const [name, value] of Object.entries(values)) {
    const option = table[name]!;
    if (typeof value === "boolean" || isSwitch(option)) {
      flags[name] = value === true;
      continue;
    }
    for (const one of [value].flat()) {
      const fault = valueProblem(option, one);
      if (fault !== undefined) throw new UsageError(`--${name} ${fault}`);
    }
    if (typeof value !== "string") lists[name] = value;
    else if (option.kind === "number") numbers[name] = Number(value);
    else if (option.kind === "size") numbers[name] = parseSize(value)!;
    else if (option.kind === "range") ranges[name] = parseRange(value);
    else texts[name] = value;
  }
  return { flags, texts, numbers, ranges, lists };
}

/** One of two values would be ignored, and nobody could tell which was meant. They are not shown: one may be a token. */
function checkGivenOnce(table: OptionTable, tokens: readonly { readonly kind: string }[]): void {
  const values = new Map<string, string | undefined>();
  for (const { name, value } of tokens.filter((token): token is OptionToken => token.kind === "option")) {
    const option = table[name]!;
    if (isSwitch(option) || option.kind === "list") continue;
    if (values.has(name) && values.get(name) !== value)
      throw new UsageError(`--${name} is given twice, with two values`);
    values.set(name, value);
  }
}

interface OptionToken {
  readonly kind: "option";
  readonly name: string;
  readonly value: string | undefined;
}

/** `FROM TO FILE…` are three at least: each word is one, unless it begins with a bracket, and the last any number with the dots. */
function checkOperandCount({ operands }: Usage, given: readonly string[]): void {
  const names = operands.split(" ");
  const needed = names.filter((name) => !name.startsWith("["));
  if (given.length === 0 && needed.length > 0) throw new UsageError(`${operands} is missing`);
  if (given.length < needed.length) throw new UsageError(`${needed.slice(given.length).join(" ")} is missing`);
  if (given.length <= names.length || operands.endsWith("…")) return;
  const possible = names.length === 1 ? `only one ${operands} is possible` : `only ${operands} are possible`;
  throw new UsageError(`too many operands: ${possible}, not also '${printable(given[names.length]!)}'`);
}

function parse<T extends ParseArgsConfig>(config: T, names: readonly string[]) {
  try {
    return parseArgs(config);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!code?.startsWith("ERR_PARSE_ARGS")) throw error;
    const unknown = /^Unknown option '(-[^']*)'/.exec(message)?.[1];
    if (unknown !== undefined) {
      throw new UsageError(`Unknown option '${printable(unknown)}'${hint(unknown, config.args ?? [], names)}`);
    }
    const valueless = /^Option '([^']*?)(?: <value>)?' argument (missing|is ambiguous)/.exec(message);
    if (valueless === null) throw new UsageError(printable(message.split(". ")[0]!));
    const fix = valueless[2] === "missing" ? "" : "; write one that starts with a dash as --option=-…";
    throw new UsageError(`'${printable(valueless[1]!)}' needs a value${fix}`);
  }
}

/** Suggests an option for an unknown one. A word after a single dash is parsed as letters, but looked up as a word. */
function hint(unknown: string, args: readonly string[], names: readonly string[]): string {
  if (/^-\d/.test(unknown)) return "; an operand that begins with a dash comes after --";
  const letters = /^-[^-]$/.test(unknown);
  const word = letters ? args.find((arg) => /^-\w[\w-]+$/.test(arg) && arg.includes(unknown.slice(1))) : unknown;
  const name = word?.replace(/^-+/, "");
  // What is to be off is not meant by the name that turns it on.
  const like = name?.startsWith("no-") ? names.filter((each) => each.startsWith("no-")) : names;
  const near = name === undefined ? undefined : closest(name, like);
  return near === undefined ? "" : `; did you mean '--${near}'?`;
}

/** Reads the text options of a command line that is invalid as a whole, as far as they are unambiguous. */
export function readTexts(usage: Usage, args: readonly string[]): Arguments["texts"] {
  const table = allOptions(usage);
  const config = { options: parserOptions(table), allowPositionals: true, strict: false };
  const { values } = parseArgs({ args: joinRanges(table, args), ...config });
  const texts = Object.entries(values).filter((entry): entry is [string, string] => {
    const [name, value] = entry;
    const option = Object.hasOwn(table, name) ? table[name] : undefined;
    // A value that begins with a dash may be the next option.
    return typeof option === "object" && option.kind === "text" && typeof value === "string" && /^[^-]/.test(value);
  });
  return Object.fromEntries(texts);
}

/** Is `--json` among the options, even if the command line is invalid? */
export function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end === -1 ? undefined : end).includes("--json");
}

export function helpText(usage: Usage): string {
  if (usage.help !== undefined) return usage.help;
  const options = Object.entries(allOptions(usage)).map(([name, option]) => {
    return [optionSyntax(name, option), optionPurpose(option)] as const;
  });
  const width = Math.max(...options.map(([syntax]) => syntax.length)) + 2;
  return [
    `Usage: ${usage.name} ${usage.synopsis ?? `[OPTION]… ${usage.operands}`}`,
    usage.summary,
    "",
    usage.details,
    "",
    "Options:",
    ...options.map(([syntax, does]) => `  ${syntax.padEnd(width)}${does}`),
    "",
    "Example:",
    ...usage.example.split("\n").map((line) => `  ${line}`),
    "",
    exitStatusLine(usage),
  ].join("\n");
}

function exitStatusLine({ failureStatus }: Usage): string {
  const failures =
    failureStatus === undefined
      ? "1 if something failed or differs, 2 for wrong usage"
      : `1 if something differs, ${failureStatus} if something failed, also for wrong usage`;
  return `Exit status: 0 for success, ${failures}, 130 after Ctrl-C.`;
}

/**
 * Runs a function that checks values of the command line.
 *
 * @throws {UsageError} in place of `INVALID_ARGUMENT`; whatever else the function throws.
 */
export function withUsageErrors<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw asUsageError(error);
  }
}

/** An error about an argument as one of usage; any other as it is. */
export function asUsageError(error: unknown): unknown {
  return isSeamlessError(error, "INVALID_ARGUMENT") ? new UsageError(error.message) : error;
}

/**
 * Is a switch on that is set by a variable of the environment: 1 is on; 0, empty and not set are off?
 *
 * @throws {UsageError} for any other value.
 */
export function environmentSwitch(name: string): boolean {
  const value = process.env[name] ?? "";
  if (value === "1") return true;
  if (value === "0" || value === "") return false;
  throw new UsageError(`${name} is 1 or 0, not '${printable(value)}'`);
}

/** The name closest to a misspelt one; `undefined` if none is close enough. */
export function closest(typed: string, names: readonly string[]): string | undefined {
  // Up to a third of the letters may be wrong. Longer words than any name are not compared.
  const limit = Math.max(1, Math.floor(typed.length / 3));
  if (typed.length > 32) return undefined;
  const near = names
    .map((name) => ({ name, distance: name.startsWith(typed) ? 0 : editDistance(typed, name) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance);
  return near[0]?.name;
}

/** The number of letters to add, remove, change, or swap with the next one (Damerau-Levenshtein distance). */
export function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        rows[i - 1]![j]! + 1,
        row[j - 1]! + 1,
        rows[i - 1]![j - 1]! + (same ? 0 : 1),
        swapped ? rows[i - 2]![j - 2]! + 1 : Number.POSITIVE_INFINITY,
      );
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
