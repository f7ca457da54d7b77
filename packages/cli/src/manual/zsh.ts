import type { Completion, Completions, Kind } from "./manual.ts";
import { headline, quoted } from "./shell.ts";

/** For zsh, to be sourced, or as the file `_seamless` in a folder of `fpath`. */
export function zshCompletion(all: readonly Completions[]): string {
  const programs = all.map(({ name }) => name).filter((name) => !name.includes(" "));
  const groups = all.filter(({ words }) => Object.keys(words).length > 0).map(({ name }) => name);
  return [
    `#compdef ${programs.join(" ")}`,
    headline("zsh"),
    "_seamless_stores() {",
    "  local -a names",
    `  names=(\${(f)"$(seamless config --stores 2> /dev/null)"})`,
    "  compadd -a names",
    "  _files -/",
    "}",
    "",
    "_seamless() {",
    "  local name=$service",
    "  local -a commands",
    `  while [[ $name == (${groups.map((name) => name.replaceAll(" ", "\\ ")).join("|")}) ]] && (( CURRENT > 2 )); do`,
    '    name+=" $words[2]"',
    "    shift words",
    "    (( CURRENT-- ))",
    "  done",
    "  case $name in",
    ...all.flatMap((each) => [`    (${quoted(each.name)})`, ...commandLines(each), "      ;;"]),
    "  esac",
    "}",
    "",
    `if [[ $funcstack[1] == _seamless ]]; then _seamless "$@"; else compdef _seamless ${programs.join(" ")}; fi`,
    "",
  ].join("\n");
}

function commandLines({ words, operands, options }: Completions): readonly string[] {
  const following = Object.entries(words);
  if (following.length > 0) {
    const rows = following.map(([word, does]) => `        ${quoted(`${word}:${does}`)}`);
    const describe = ["      commands=(", ...rows, "      )", "      _describe command commands"];
    if (options.length === 0) return describe;
    return [
      "      if [[ $PREFIX == -* ]]; then",
      ...argumentLines(options.flatMap(optionSpecs)),
      "      else",
      ...describe,
      "      fi",
    ];
  }
  const places = operands.map(
    ({ name, kind, repeated }, i) => `${repeated ? "*" : i + 1}:${escaped(name)}:${action(kind)}`,
  );
  return argumentLines([...options.flatMap(optionSpecs), ...places]);
}

function argumentLines(specs: readonly string[]): readonly string[] {
  return ["      _arguments -s -S \\", specs.map((spec) => `        ${quoted(spec)}`).join(" \\\n")];
}

function optionSpecs({ words, does, values, repeated }: Completion): readonly string[] {
  const rest = values.map(({ name, kind }) => `:${escaped(name)}:${action(kind)}`).join("");
  // One excludes the other, unless it may come again.
  const exclusive = repeated ? "*" : words.length > 1 ? `(${words.join(" ")})` : "";
  return words.map((word) => {
    const joined = values.length === 1 && word.startsWith("--") ? "=" : "";
    return `${exclusive}${word}${joined}[${escaped(does)}]${rest}`;
  });
}

function action(kind: Kind): string {
  if (typeof kind !== "string") return `(${kind.join(" ")})`;
  return { file: "_files", folder: "_files -/", store: "_seamless_stores", none: " " }[kind];
}

/** What means something to `_arguments`. */
function escaped(text: string): string {
  return text.replace(/[[\]:\\]/g, "\\$&");
}
