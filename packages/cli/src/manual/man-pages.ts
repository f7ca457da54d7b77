import { allOptions, type Usage } from "../program/arguments.ts";
import { optionPurpose, optionSyntax } from "../program/options.ts";
import { PROGRAM, PROGRAMS } from "../program/subcommands.ts";
import { ENVIRONMENT, EXIT_STATUS, TOPICS } from "../program/topics.ts";
import { allUsages } from "./manual.ts";

/** When what the pages say was last gone through. Not the day of the build: the same sources make the same pages. */
const REVISED = "2026-11-28";

/**
 * All manual pages, for section 1: name of the file → roff. That of a program, which is a subcommand too, stands for both.
 *
 * @param version - Of the package.
 */
export async function manPages(version: string): Promise<Readonly<Record<string, string>>> {
  const usages = await allUsages();
  const pages = usages.map((usage) => [fileOf(usage.name), pageOf(usage, usages, version)] as const);
  return Object.fromEntries(pages);
}

function fileOf(name: string): string {
  return `${pageName(name)}.1`;
}

function pageName(name: string): string {
  return name.replaceAll(" ", "-");
}

function pageOf(usage: Usage, all: readonly Usage[], version: string): string {
  const { name, summary, details, example } = usage;
  const options = Object.entries(allOptions(usage)).map(
    ([long, option]) => [optionSyntax(long, option), optionPurpose(option)] as const,
  );
  // The commands are named below; the last sentence of the help is for those who read that.
  const text = usage.operands === "COMMAND" ? [] : details.split("\n");
  const parts = all.filter((each) => isPart(each.name, name)).map((each) => [each.name, each.summary] as const);
  return [
    `.TH ${escaped(pageName(name).toUpperCase())} 1 "${REVISED}" "${escaped(`${PROGRAM} ${version}`)}" "Seamless"`,
    ...section("NAME", [`${escaped(pageName(name))} \\- ${escaped(summary.replace(/\.$/, ""))}`]),
    ...section("SYNOPSIS", synopsis(usage)),
    ...section("DESCRIPTION", paragraphs([summary, ...text])),
    ...(parts.length === 0 ? [] : section("COMMANDS", definitions(parts))),
    ...section("OPTIONS", definitions(options)),
    ...section("EXIT STATUS", definitions(EXIT_STATUS)),
    ...(name === PROGRAM ? topics() : []),
    ...section("EXAMPLES", literal(example.split("\n"))),
    ...section("SEE ALSO", references(name, all)),
    "",
  ].join("\n");
}

/** How it is called; a program of its own by its word, too. */
function synopsis({ name, synopsis, operands }: Usage): readonly string[] {
  const words = Object.hasOwn(PROGRAMS, name) ? [name, `${PROGRAM} ${PROGRAMS[name]}`] : [name];
  const lines = words.map((each) => [`.B ${escaped(each)}`, escaped(synopsis ?? `[OPTION]… ${operands}`)]);
  return lines.flatMap((each, i) => (i === 0 ? each : [".br", ...each]));
}

/** Is a command one that another one is the beginning of? Of `seamless` the programs are parts, too. */
function isPart(name: string, whole: string): boolean {
  if (name.startsWith(`${whole} `)) return true;
  return whole === PROGRAM && name.startsWith(`${PROGRAM}-`);
}

/** What else `seamless help` explains. */
function topics(): readonly string[] {
  const { stores } = TOPICS;
  return [
    ...section("STORES", paragraphs(stores!.text)),
    ...section("ENVIRONMENT", definitions(Object.entries(ENVIRONMENT))),
    ...section(
      "FILES",
      definitions([
        ["~/.config/seamless/config.yaml", "the configuration"],
        ["~/.cache/seamless/checksums", "what --incremental remembers"],
      ]),
    ),
  ];
}

function references(name: string, all: readonly Usage[]): readonly string[] {
  const names = [...new Set(all.map((each) => pageName(each.name)))].filter((each) => each !== pageName(name)).sort();
  const shown = name === PROGRAM ? names : [PROGRAM, ...names.filter((each) => isSibling(each, pageName(name)))];
  return shown.map((each, i) => `.BR ${escaped(each)} (1)${i < shown.length - 1 ? "," : ""}`);
}

/** Pages of one group, or of the programs of their own. */
function isSibling(page: string, other: string): boolean {
  return ["seamless-checksum", "seamless-store"].some((group) => page.startsWith(group) && other.startsWith(group));
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return [`.SH ${title}`, ...lines];
}

/** Text, in which indented lines are kept as they are, and an empty line begins a paragraph. */
function paragraphs(lines: readonly string[]): readonly string[] {
  const out: string[] = [];
  let kept: string[] = [];
  const flush = () => {
    while (kept.at(-1) === "") kept.pop();
    if (kept.length > 0) out.push(...(out.length > 0 ? [".PP"] : []), ...literal(kept));
    kept = [];
  };
  for (const [i, line] of lines.entries()) {
    const inBlock = line === "" && kept.length > 0;
    if (line.startsWith("  ") || (inBlock && lines[i + 1]?.startsWith("  "))) kept.push(line.replace(/^ {2}/, ""));
    else {
      const after = kept.length > 0;
      flush();
      if (line !== "") out.push(...(after || lines[i - 1] === "" ? [".PP"] : []), textLine(line));
    }
  }
  flush();
  return out;
}

/** Lines as they are. */
function literal(lines: readonly string[]): readonly string[] {
  return [".RS 2", ".nf", ...lines.map(textLine), ".fi", ".RE"];
}

function definitions(rows: readonly (readonly [term: string, meaning: string])[]): readonly string[] {
  return rows.flatMap(([term, meaning]) => [".TP", `.B ${escaped(term)}`, textLine(meaning)]);
}

/** A line that is no request, whatever it begins with. */
function textLine(line: string): string {
  const text = escaped(line);
  return /^[.']/.test(text) ? `\\&${text}` : text;
}

const SPECIAL: Readonly<Record<string, string>> = {
  "\\": "\\(rs",
  "-": "\\-",
  "'": "\\(aq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
  '"': "\\(dq",
};

/** Characters that roff takes for others, and those that are not ASCII, by their names. */
function escaped(text: string): string {
  return text.replace(/[\\\-'`^~"]|[^ -~]/gu, (character) => {
    return SPECIAL[character] ?? `\\[u${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}]`;
  });
}
