/** An option of a command: what it does, and what kind of value it takes, if any. */
export type Option = Switch | TextOption | NumberOption | ChoiceOption | ListOption;

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

/** A whole number. */
export interface NumberOption extends WithValue {
  readonly kind: "number";
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

/** How the option is written in the help: `-o, --output FILE`. */
export function optionSyntax(name: string, option: Option): string {
  if (typeof option === "string") return `--${name}`;
  const short = option.short === undefined ? "" : `-${option.short}, `;
  return `${short}--${name} ${option.value}`;
}

/** The table as `parseArgs` of Node wants it. */
export function parserOptions(table: OptionTable) {
  return Object.fromEntries(Object.entries(table).map(([name, option]) => [name, parserOption(option)] as const));
}

function parserOption(option: Option) {
  if (typeof option === "string") return { type: "boolean" as const, default: false };
  const short = option.short === undefined ? {} : { short: option.short };
  return { type: "string" as const, multiple: option.kind === "list", ...short };
}

/** What is wrong with a value of an option, for after its name; `undefined` if nothing. */
export function valueFault(option: Exclude<Option, Switch>, value: string): string | undefined {
  if (value === "") return `needs ${option.value}`;
  if (option.kind === "number") {
    const { min, max } = option;
    const valid = /^\d{1,15}$/.test(value) && Number(value) >= min && Number(value) <= max;
    return valid ? undefined : `takes a whole number from ${min} to ${max}`;
  }
  if (option.kind === "choice") {
    return option.choices.includes(value) ? undefined : `takes ${option.choices.join(" or ")}`;
  }
  return undefined;
}
