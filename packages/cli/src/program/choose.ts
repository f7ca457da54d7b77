import { closest, UsageError } from "./arguments.ts";
import type { Command } from "./command.ts";
import { printable } from "./format.ts";
import type { ChosenCommand } from "./start.ts";
import { GROUPS, type Group, PROGRAM, PROGRAM_ITSELF, PROGRAMS, SUBCOMMANDS } from "./subcommands.ts";
import { columns, TOPICS, topicText } from "./topics.ts";

/** Loads the command that a command line names; for an unknown one, a command that reports that. */
export async function chooseCommand(given: readonly string[]): Promise<ChosenCommand> {
  const [first, topic = ""] = given;
  if (first === "help" && Object.hasOwn(TOPICS, topic)) return { command: explain(topic), args: given.slice(2) };
  // `help put` is `put --help`, and `help help` is `help`.
  const explained = given.slice(topic === "help" ? 2 : 1);
  const args = first === "help" ? [...explained, "--help"] : given;
  for (const words of [2, 1]) {
    const name = args.slice(0, words).join(" ");
    if (!Object.hasOwn(SUBCOMMANDS, name)) continue;
    const { summary, load } = SUBCOMMANDS[name]!;
    const command = { ...(await load()), name: `${PROGRAM} ${name}`, summary };
    return { command, args: args.slice(name.split(" ").length) };
  }
  const group = GROUPS.find(({ name }) => name === args[0]) ?? PROGRAM_ITSELF;
  return { command: overview(group), args: forOverview(group === PROGRAM_ITSELF ? args : args.slice(1)) };
}

/**
 * The arguments for an overview: the word that should be a command, and the options before it. What follows is for that
 * command, except `--json`, which sets the format of the error.
 */
function forOverview(args: readonly string[]): readonly string[] {
  const word = args.findIndex((arg) => !arg.startsWith("-"));
  if (word === -1) return args;
  return [...args.slice(0, word + 1), ...args.slice(word + 1).filter((arg) => arg === "--json")];
}

/** A command whose only purpose is its help, which lists the subcommands of a group. */
function overview({ name: group, summary, example }: Group): Command {
  const prefix = group === "" ? "" : `${group} `;
  const rows = Object.entries(SUBCOMMANDS).filter(([name]) => name.startsWith(prefix));
  const names = rows.map(([name]) => name.slice(prefix.length));
  const programs = Object.entries(PROGRAMS).map(([name, word]) => [name, SUBCOMMANDS[word]!.summary] as const);
  const topics = Object.entries(TOPICS).map(([name, { summary }]) => [name, summary] as const);
  const others = ["Programs of their own:", ...columns(programs), "", "Topics:", ...columns(topics)];
  const name = `${PROGRAM} ${group}`.trimEnd();
  return {
    name,
    operands: "COMMAND",
    synopsis: "COMMAND [OPTION]… OPERAND…",
    summary,
    details: [
      "Commands:",
      ...columns(rows.map(([, { summary }], i) => [names[i]!, summary])),
      ...(group === "" ? ["", ...others] : []),
      "",
      `Run '${name} COMMAND --help' for more about a command${group === "" ? `, '${name} help TOPIC' about a topic` : ""}.`,
    ].join("\n"),
    options: {},
    example,

    async run({ operands }) {
      throw new UsageError(unknownCommandMessage(name, operands[0]!, names));
    },
  };
}

/** A command whose only purpose is to explain something that is no command. */
function explain(topic: string): Command {
  return {
    name: `${PROGRAM} help ${topic}`,
    operands: "[TOPIC]",
    summary: TOPICS[topic]!.summary,
    details: topicText(topic),
    options: {},
    example: TOPICS[topic]!.example,

    async run({ console, operands: [other] }) {
      if (other !== undefined) throw new UsageError(`one topic at a time, not also '${printable(other)}'`);
      console.result(topicText(topic), { topic, text: topicText(topic) });
      return true;
    },
  };
}

/** Words that are not subcommands, but suggest one. */
const OTHER_WORDS: Readonly<Record<string, string>> = { "checksum-index": `'${PROGRAM} index'` };

function within(program: string, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, `'${program} ${name}'`]));
}

function unknownCommandMessage(program: string, typed: string, names: readonly string[]): string {
  // It exists, but follows an option.
  if (names.includes(typed)) return `options come after the command: ${program} ${typed} [OPTION]…`;
  const meant =
    program === PROGRAM
      ? { ...OTHER_WORDS, ...within(program, [...names, ...GROUPS.map(({ name }) => name)]) }
      : within(program, names);
  const near = closest(typed, Object.keys(meant));
  const hint = near === undefined ? "" : `; did you mean ${meant[near]}?`;
  return `unknown command '${printable(typed)}'${hint}`;
}
