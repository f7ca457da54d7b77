import { closest, UsageError } from "./arguments.ts";
import type { Command } from "./command.ts";
import { printable } from "./format.ts";
import { GROUPS, type Group, PROGRAM, PROGRAMS, SUBCOMMANDS } from "./subcommands.ts";
import { columns, TOPICS, topicText } from "./topics.ts";

/** A command whose only purpose is its help, which lists the subcommands of a group. */
export function overview({ name: group, summary, example }: Group): Command {
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

/** Is it something that is explained, and no command? */
export function isTopic(word: string): boolean {
  return Object.hasOwn(TOPICS, word);
}

/** A command whose only purpose is to explain something that is no command. */
export function explain(topic: string): Command {
  const { summary, example } = TOPICS[topic]!;
  const text = topicText(topic);
  return {
    name: `${PROGRAM} help ${topic}`,
    operands: "[TOPIC]",
    summary,
    details: "",
    options: {},
    example,
    help: text,

    async run({ console, operands: [other] }) {
      if (other !== undefined) throw new UsageError(`one topic at a time, not also '${printable(other)}'`);
      console.result(text, { topic, text });
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
