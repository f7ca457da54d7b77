import { allOptions, type Usage } from "../program/arguments.ts";
import { chooseCommand } from "../program/choose.ts";
import { isSwitch, type Option, optionPurpose } from "../program/options.ts";
import { GROUPS, PROGRAM, PROGRAMS, SUBCOMMANDS } from "../program/subcommands.ts";
import { TOPICS } from "../program/topics.ts";
import { CELLTYPES } from "../values/celltypes.ts";

/** All that can be called, with its usage: `seamless`, its groups and subcommands, and the programs besides. */
export async function allUsages(): Promise<readonly Usage[]> {
  const names = ["", ...Object.keys(SUBCOMMANDS), ...GROUPS.map(({ name }) => name)];
  const chosen = await Promise.all(names.map((name) => chooseCommand(name.split(" ").filter((word) => word !== ""))));
  const usages = chosen.map(({ command }) => command);
  const programs = Object.entries(PROGRAMS).map(([name, word]) => {
    const { example, ...usage } = usages.find((each) => each.name === `${PROGRAM} ${word}`)!;
    return { ...usage, name, example: example.replaceAll(`${PROGRAM} ${word}`, name) };
  });
  return [...usages, ...programs];
}

/** What an operand or the value of an option may be, for a shell that completes it: names of files or of folders, stores, or one of some words. */
export type Kind = "file" | "folder" | "store" | "none" | readonly string[];

/** What can be told from how an operand or a value is called. */
const KINDS: Readonly<Record<string, Kind>> = {
  FILE: "file",
  PATH: "file",
  "[PATH]": "file",
  X: "file",
  A: "file",
  B: "file",
  CHECKSUM: "file",
  "INDEX|CHECKSUM": "file",
  "DIR|FILE": "file",
  "CHECKSUM|INDEX": "file",
  DIR: "folder",
  FOLDER: "folder",
  URL: "store",
  FROM: "store",
  TO: "store",
  "[FROM]": CELLTYPES,
  "[TO]": CELLTYPES,
  SHELL: ["bash", "zsh", "fish"],
  "[NAME]": ["store", "token", "layout", "incremental", "parallel"],
};

/** An operand, in its place. */
interface Operand {
  readonly name: string;
  readonly kind: Kind;
  /** May it come again? */
  readonly repeated: boolean;
}

/** A value of an option, or none. */
export interface Completion {
  /** `--output`, `-o` */
  readonly words: readonly string[];
  readonly does: string;
  /** Its values: two of a range. */
  readonly values: readonly { readonly name: string; readonly kind: Kind }[];
  readonly repeated: boolean;
}

/** How a command line goes on. */
export interface Completions {
  /** Of what is called: `seamless store verify`. */
  readonly name: string;
  readonly summary: string;
  readonly operands: readonly Operand[];
  readonly options: readonly Completion[];
  /** Words that go on the name, if that is no command yet, and what each is. */
  readonly words: Readonly<Record<string, string>>;
}

/** How all command lines go on, by what is called. */
export async function allCompletions(): Promise<readonly Completions[]> {
  const usages = await allUsages();
  const summaries = new Map(usages.map(({ name, summary }) => [name, summary]));
  const wordsOf = (prefix: string) =>
    Object.fromEntries(
      [...summaries]
        .filter(([name]) => name.startsWith(`${prefix} `) && !name.slice(prefix.length + 1).includes(" "))
        .map(([name, summary]) => [name.slice(prefix.length + 1), summary]),
    );
  const topics = Object.fromEntries(Object.entries(TOPICS).map(([name, { summary }]) => [name, summary]));
  const help = "Explain a command or a topic.";
  const all = usages.map((usage) => completionsOf(usage, usage.operands === "COMMAND" ? wordsOf(usage.name) : {}));
  return all
    .map((each) => (each.name === PROGRAM ? { ...each, words: { ...each.words, help } } : each))
    .concat(
      explained(`${PROGRAM} help`, help, { ...wordsOf(PROGRAM), ...topics }),
      GROUPS.map(({ name, summary }) => explained(`${PROGRAM} help ${name}`, summary, wordsOf(`${PROGRAM} ${name}`))),
    );
}

/** What goes on with words alone. */
function explained(name: string, summary: string, words: Readonly<Record<string, string>>): Completions {
  return { name, summary, operands: [], options: [], words };
}

function completionsOf(usage: Usage, words: Readonly<Record<string, string>>): Completions {
  const { name, summary } = usage;
  const operands = usage.operands.split(" ").map((word) => {
    const bare = word.replace("…", "");
    return { name: bare, kind: KINDS[bare] ?? "none", repeated: word !== bare };
  });
  const options = Object.entries(allOptions(usage)).map(([long, option]) => ({
    words: [`--${long}`, ...(typeof option !== "string" && option.short !== undefined ? [`-${option.short}`] : [])],
    does: optionPurpose(option),
    values: valuesOf(option),
    repeated: !isSwitch(option) && option.kind === "list",
  }));
  return { name, summary, operands: operands.filter(({ name }) => name !== "COMMAND"), options, words };
}

function valuesOf(option: Option): Completion["values"] {
  if (isSwitch(option)) return [];
  if (option.kind === "choice") return [{ name: option.value, kind: option.choices }];
  if (option.kind === "range") return option.value.split(" ").map((name) => ({ name, kind: "none" }));
  return [{ name: option.value, kind: KINDS[option.value] ?? "none" }];
}
