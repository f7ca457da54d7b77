/** An option of a command: its description, and the kind of value it takes, if any. */
export type Option = Switch | TextOption | NumberOption | SizeOption | RangeOption | ChoiceOption | ListOption;

/** An option without a value: its description, and one letter if it has one. */
type Switch = string | SwitchOption;

interface SwitchOption {
  readonly kind: "switch";
  readonly does: string;
  /** `c` for `-c`. */
  readonly short: string;
}

interface WithValue {
  readonly does: string;
  /** Name of the value in the help: `FILE`. */
  readonly value: string;
  /** One letter: `o` for `-o`. */
  readonly short?: string;
}

interface TextOption extends WithValue {
  readonly kind: "text";
}

/** A number; an integer unless fractions are allowed. */
interface NumberOption extends WithValue {
  readonly kind: "number";
  readonly min: number;
  readonly max: number;
  readonly fractions?: boolean;
}

/** A number of bytes: see `parseSize`. */
interface SizeOption extends WithValue {
  readonly kind: "size";
  readonly min: number;
}

/** Two integers, given as two words: the first and the last. */
interface RangeOption extends WithValue {
  readonly kind: "range";
  readonly min: number;
  readonly max: number;
}

interface ChoiceOption extends WithValue {
  readonly kind: "choice";
  readonly choices: readonly string[];
}

/** May be given several times. */
interface ListOption extends WithValue {
  readonly kind: "list";
}

export type OptionTable = Readonly<Record<string, Option>>;

/** The options that take what the configuration says where they are not given. */
export const CONFIGURABLE = ["incremental", "parallel"] as const;

export function isSwitch(option: Option): option is Switch {
  return typeof option === "string" || option.kind === "switch";
}

/** What an option does, for the help. */
export function optionPurpose(option: Option): string {
  return typeof option === "string" ? option : option.does;
}

/** `a, b or c`. */
function anyOf(choices: readonly string[]): string {
  return [choices.slice(0, -1).join(", "), ...choices.slice(-1)].filter((part) => part !== "").join(" or ");
}

/** The syntax of an option in the help: `-o, --output FILE`. */
export function optionSyntax(name: string, option: Option): string {
  const { short } = shortName(option);
  const letter = short === undefined ? "" : `-${short}, `;
  return `${letter}--${name}${isSwitch(option) ? "" : ` ${option.value}`}`;
}

function shortName(option: Option): { readonly short?: string } {
  return typeof option === "string" || option.short === undefined ? {} : { short: option.short };
}

/** The table in the form that `parseArgs` of Node takes. */
export function parserOptions(table: OptionTable) {
  return Object.fromEntries(Object.entries(table).map(([name, option]) => [name, parserOption(option)] as const));
}

function parserOption(option: Option) {
  if (isSwitch(option)) return { type: "boolean" as const, default: false, ...shortName(option) };
  return { type: "string" as const, multiple: option.kind === "list", ...shortName(option) };
}

const UNITS = ["", "k", "m", "g", "t", "p"];

/**
 * Parses a number of bytes as people write it: `500`, `1.5 MB`, `100k`; with an `i` in it, in powers of 1024: `2 GiB`.
 *
 * @returns `undefined` for anything else, and for more than a number can hold exactly.
 */
export function parseSize(text: string): number | undefined {
  const [, count, unit = "", binary] = /^(\d{1,15}(?:\.\d{1,3})?) ?([kmgtp]?)(i?)b?$/i.exec(text) ?? [];
  if (count === undefined || (binary && unit === "")) return undefined;
  const bytes = Math.floor(Number(count) * (binary ? 1024 : 1000) ** UNITS.indexOf(unit.toLowerCase()));
  return bytes <= Number.MAX_SAFE_INTEGER ? bytes : undefined;
}

/** What a size looks like, for messages. */
export const SIZE_FORM = "bytes, as in 500, 1.5MB or 2GiB";

/** Parses the value of a range option: two numbers in one word, as `joinRanges` leaves them. */
export function parseRange(value: string): readonly [number, number] {
  const [first = "", last = ""] = value.split(" ");
  return [Number(first), Number(last)];
}

/** Returns the arguments with the two words of each range joined into one. */
export function joinRanges(table: OptionTable, args: readonly string[]): string[] {
  const joined: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--") return [...joined, ...args.slice(i)];
    const option = arg.startsWith("--") && Object.hasOwn(table, arg.slice(2)) ? table[arg.slice(2)] : undefined;
    if (typeof option === "object" && option.kind === "range") {
      joined.push(`${arg}=${args.slice(i + 1, i + 3).join(" ")}`);
      i += 2;
    } else joined.push(arg);
  }
  return joined;
}

/** Says what is wrong with the value of an option, to follow the name of the option; `undefined` if it is valid. */
export function valueProblem(option: Exclude<Option, Switch>, value: string): string | undefined {
  if (value === "") return `needs ${option.value}`;
  if (option.kind === "number") {
    const { min, max, fractions = false } = option;
    const form = fractions ? /^\d{1,12}(\.\d{1,3})?$/ : /^\d{1,15}$/;
    const valid = form.test(value) && Number(value) >= min && Number(value) <= max;
    return valid ? undefined : `takes a ${fractions ? "" : "whole "}number from ${min} to ${max}`;
  }
  if (option.kind === "size") {
    const bytes = parseSize(value);
    return bytes !== undefined && bytes >= option.min ? undefined : `takes ${SIZE_FORM}`;
  }
  if (option.kind === "range") {
    const { min, max } = option;
    const [first, last] = parseRange(value);
    const valid = /^\d{1,15} \d{1,15}$/.test(value) && first >= min && first <= last && last <= max;
    return valid ? undefined : `takes two whole numbers from ${min} to ${max}, the smaller one first`;
  }
  if (option.kind === "choice") {
    return option.choices.includes(value) ? undefined : `takes ${anyOf(option.choices)}`;
  }
  return undefined;
}
