import type { Completion, Completions, Kind } from "./manual.ts";
import { headline, quoted } from "./shell.ts";

/** For fish. */
export function fishCompletion(all: readonly Completions[]): string {
  const programs = all.map(({ name }) => name).filter((name) => !name.includes(" "));
  return [
    headline("fish"),
    "# Is the line one of these words, with something behind them? And: do these words come next?",
    "function __seamless_in",
    "    set -l words (commandline -opc)",
    "    set -e words[1]",
    "    set -l count (count $argv)",
    "    test (count $words) -ge $count; or return 1",
    '    test $count -eq 0; or test "$words[1..$count]" = "$argv"',
    "end",
    "",
    "function __seamless_at",
    "    test (count (commandline -opc)) -eq (math 1 + (count $argv)); and __seamless_in $argv",
    "end",
    "",
    "function __seamless_stores",
    "    seamless config --stores 2> /dev/null",
    "    __fish_complete_directories (commandline -ct)",
    "end",
    "",
    ...programs.map((name) => `complete -c ${name} -f`),
    ...all.flatMap(commandLines),
    "",
  ].join("\n");
}

function commandLines({ name, words, operands, options }: Completions): readonly string[] {
  const [program, ...rest] = name.split(" ");
  const start = `complete -c ${program}`;
  const following = Object.entries(words).map(
    ([word, does]) =>
      `${start} -n ${quoted(["__seamless_at", ...rest].join(" "))} -a ${quoted(word)} -d ${fishQuoted(does)}`,
  );
  if (following.length > 0) {
    const next = `${start} -n ${quoted(["__seamless_at", ...rest].join(" "))}`;
    return [...following, ...options.map((option) => `${next} ${optionArguments(option)}`)];
  }
  const inside = rest.length === 0 ? start : `${start} -n ${quoted(["__seamless_in", ...rest].join(" "))}`;
  const kinds = new Set(operands.map(({ kind }) => operandArguments(kind)).filter((text) => text !== ""));
  return [
    ...[...kinds].map((text) => `${inside} ${text}`),
    ...options.map((option) => `${inside} ${optionArguments(option)}`),
  ];
}

function optionArguments({ words, does, values: [value] }: Completion): string {
  const names = words.map((word) => (word.startsWith("--") ? `-l ${word.slice(2)}` : `-s ${word.slice(1)}`));
  return [...names, ...(value === undefined ? [] : [valueArguments(value.kind)]), `-d ${fishQuoted(does)}`].join(" ");
}

function valueArguments(kind: Kind): string {
  if (kind === "file") return "-r -F";
  return kind === "none" ? "-x" : `-x ${operandArguments(kind)}`;
}

function operandArguments(kind: Kind): string {
  if (typeof kind !== "string") return `-a ${quoted(kind.join(" "))}`;
  return {
    file: "-F",
    folder: "-a '(__fish_complete_directories (commandline -ct))'",
    store: "-a '(__seamless_stores)'",
    none: "",
  }[kind];
}

/** In fish a quote in quotes has a backslash. */
function fishQuoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
