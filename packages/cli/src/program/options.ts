/** An option of a command: what it does, and what kind of value it takes, if any. */
export type Option = Switch | TextOption | NumberOption | RangeOption | ChoiceOption | ListOption;

/** Takes no value: just what it does. */
export type Switch = string;

interface WithValue {
  readonly does: string;
  /** What the value is called in the help: `FILE`. */
  readonly value: string;
  /** One letter: `o` for `-o`. */
  readonly short?: string;
}

export interface TextOption extends WithValue {
  readonly kind: "text";
}

/** A number, which is whole unless fractions are allowed. */
export interface NumberOption extends WithValue {
  readonly kind: "number";
  readonly min: number;
  readonly max: number;
  readonly fractions?: boolean;
}

/** Two whole numbers, as two words: the first and the last. */
export interface RangeOption extends WithValue {
  readonly kind: "range";
  readonly min: number;
  readonly max: number;
}

export interface ChoiceOption extends WithValue {
  readonly kind: "choice";
  readonly choices: readonly string[];
}

/** May be given several times. */
export interface ListOption extends WithValue {
  readonly kind: "list";
}

export type OptionTable = Readonly<Record<string, Option>>;

/** Switches that have a letter too, as most programs have it. */
export const SHORT_NAMES: Readonly<Record<string, string>> = { help: "h", version: "V" };

/** How the option is written in the help: `-o, --output FILE`. */
export function optionSyntax(name: string, option: Option): string {
  if (typeof option === "string") return `--${name}`;
  const short = option.short === undefined ? "" : `-${option.short}, `;
  return `${short}--${name} ${option.value}`;
}

/** The table as `parseArgs` of Node wants it. */
export function parserOptions(table: OptionTable) {
  return Object.fromEntries(Object.entries(table).map(([name, option]) => [name, parserOption(name, option)] as const));
}

function parserOption(name: string, option: Option) {
  if (typeof option === "string") {
    return {
      type: "boolean" as const,
      default: false,
      ...(Object.hasOwn(SHORT_NAMES, name) ? { short: SHORT_NAMES[name]! } : {}),
    };
  }
  const short = option.short === undefined ? {} : { short: option.short };
  return { type: "string" as const, multiple: option.kind === "list", ...short };
}

/** The value of an option of that kind, which has come as one word. */
export function parseRange(value: string): readonly [number, number] {
  const [first = "", last = ""] = value.split(" ");
  return [Number(first), Number(last)];
}

/** The same arguments, with the two words of a range as one. */
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

/** What is wrong with a value of an option, for after its name; `undefined` if nothing. */
export function valueProblem(option: Exclude<Option, Switch>, value: string): string | undefined {
  if (value === "") return `needs ${option.value}`;
  if (option.kind === "number") {
    const { min, max, fractions = false } = option;
    const form = fractions ? /^\d{1,12}(\.\d{1,3})?$/ : /^\d{1,15}$/;
    const valid = form.test(value) && Number(value) >= min && Number(value) <= max;
    return valid ? undefined : `takes a ${fractions ? "" : "whole "}number from ${min} to ${max}`;
  }
  if (option.kind === "range") {
    const { min, max } = option;
    const [first, last] = parseRange(value);
    const valid = /^\d{1,15} \d{1,15}$/.test(value) && first >= min && first <= last && last <= max;
    return valid ? undefined : `takes two whole numbers from ${min} to ${max}, the smaller one first`;
  }
  if (option.kind === "choice") {
    return option.choices.includes(value) ? undefined : `takes ${option.choices.join(" or ")}`;
  }
  return undefined;
}
