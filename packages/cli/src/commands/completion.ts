import type { Completions } from "../manual/manual.ts";
import { UsageError } from "../program/arguments.ts";
import type { Subcommand } from "../program/command.ts";
import { printable } from "../program/format.ts";

/** Shell → what makes its script. */
const SHELLS: Readonly<Record<string, () => Promise<(all: readonly Completions[]) => string>>> = {
  bash: async () => (await import("../manual/bash.ts")).bashCompletion,
  zsh: async () => (await import("../manual/zsh.ts")).zshCompletion,
  fish: async () => (await import("../manual/fish.ts")).fishCompletion,
};

export const completion: Subcommand = {
  operands: "SHELL",
  details: [
    "SHELL is bash, zsh or fish. What is printed completes commands, options, their values, and the names of stores:",
    "  bash   . <(seamless completion bash), in ~/.bashrc",
    "  zsh    . <(seamless completion zsh), in ~/.zshrc after compinit; or as the file _seamless in a folder of fpath",
    "  fish   seamless completion fish | source, in ~/.config/fish/config.fish",
  ].join("\n"),
  options: {},
  example: [
    "$ seamless completion bash | head -n 1",
    "# Completes the commands of Seamless in bash; printed by 'seamless completion bash'.",
  ].join("\n"),

  async run({ operands, console }) {
    const [shell = ""] = operands;
    const load = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
    if (load === undefined) {
      throw new UsageError(
        `there is no completion for '${printable(shell)}', only for ${Object.keys(SHELLS).join(", ")}`,
      );
    }
    const [make, { allCompletions }] = await Promise.all([load(), import("../manual/manual.ts")]);
    console.print(make(await allCompletions()), "");
    return true;
  },
};
