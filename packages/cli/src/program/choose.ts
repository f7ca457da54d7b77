import type { ChosenCommand } from "./start.ts";
import { GROUPS, PROGRAM, PROGRAM_ITSELF, SUBCOMMANDS } from "./subcommands.ts";

/** Loads the command that a command line names; for an unknown one, a command that reports that. */
export async function chooseCommand(given: readonly string[]): Promise<ChosenCommand> {
  const [first, topic = ""] = given;
  if (first === "help") {
    const { explain, isTopic } = await import("./overviews.ts");
    if (isTopic(topic)) return { command: explain(topic), args: given.slice(2) };
  }
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
  const { overview } = await import("./overviews.ts");
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
