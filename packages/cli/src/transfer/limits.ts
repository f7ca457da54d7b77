import { SeamlessError } from "@seamless/checksum";
import { UsageError } from "../program/arguments.ts";
import { canAsk, confirm } from "../program/ask.ts";
import type { Call } from "../program/command.ts";
import { amount, formatBytes, plural, printable } from "../program/format.ts";
import { type OptionTable, parseSize, SIZE_FORM } from "../program/options.ts";

/** How much Seamless moves without a question, in either direction. */
const DIRECTIONS = {
  upload: { files: 400, bytes: 100e6 },
  download: { files: 2000, bytes: 500e6 },
} as const;

type Direction = keyof typeof DIRECTIONS;

/** How much is to be moved. */
interface Amount {
  readonly files: number;
  readonly bytes: number;
}

/** The options that limit how much is moved. */
export function limitOptions(direction: Direction, yes: string): OptionTable {
  const { files, bytes } = DIRECTIONS[direction];
  const ask = (what: string) => `ask before more than ${what} is ${direction}ed; fail without a terminal`;
  return {
    "max-files": {
      kind: "number",
      value: "N",
      min: 0,
      max: 1e9,
      does: ask(`this many files (${files} on a terminal)`),
    },
    "max-size": { kind: "size", value: "SIZE", min: 0, does: ask(`this (${formatBytes(bytes)} on a terminal)`) },
    yes: { kind: "switch", short: "y", does: yes },
  };
}

/** Makes sure that what is to be moved may be: it is within the limits, or the user agrees. */
export interface LimitCheck {
  /**
   * @returns whether it may be; the user has been told if not.
   * @throws {SeamlessError} `TOO_LARGE` if it is more than a limit, and there is no terminal to ask at.
   */
  allows(amount: Amount): Promise<boolean>;
  /** Whether there are limits: else nothing needs to be counted. */
  readonly limited: boolean;
}

/**
 * The limits of the command line, or of the environment. There are none after `--yes` nor for a dry run; on a terminal there
 * are always some.
 *
 * @throws {UsageError} for a variable of the environment that is no number.
 */
export function limitsOf(call: Call, direction: Direction): LimitCheck {
  const { numbers, flags, console, signal } = call;
  const asks = canAsk();
  const name = (what: string) => `SEAMLESS_MAX_${direction.toUpperCase()}_${what}`;
  const usual = asks ? DIRECTIONS[direction] : { files: Infinity, bytes: Infinity };
  const most = {
    files: numbers["max-files"] ?? variable(name("FILES"), parseCount, "a whole number") ?? usual.files,
    bytes: numbers["max-size"] ?? variable(name("SIZE"), parseSize, SIZE_FORM) ?? usual.bytes,
  };
  const free = flags["yes"] === true || flags["dry-run"] === true;
  const limited = !free && Math.min(most.files, most.bytes) < Infinity;
  return {
    limited,
    async allows(wanted) {
      const limits = [
        wanted.files > most.files ? [plural(most.files, "file")] : [],
        wanted.bytes > most.bytes ? [formatBytes(most.bytes)] : [],
      ].flat();
      if (!limited || limits.length === 0) return true;
      const what = `${amount(wanted.files, "file", wanted.bytes)}, more than ${limits.join(" and ")}`;
      if (!asks) {
        const fix = `raise --max-files or --max-size, or use --yes`;
        throw new SeamlessError("TOO_LARGE", `nothing was ${direction}ed: it would be ${what}: ${fix}`);
      }
      if (await confirm(`${direction === "upload" ? "Upload" : "Download"} ${what}? [y/N] `, signal)) return true;
      console.warn(`nothing was ${direction}ed`);
      return false;
    },
  };
}

function variable(name: string, parse: (text: string) => number | undefined, form: string): number | undefined {
  const text = process.env[name] ?? "";
  if (text === "") return undefined;
  const value = parse(text);
  if (value === undefined) throw new UsageError(`${name} is ${form}, not '${printable(text)}'`);
  return value;
}

function parseCount(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
