import { allUsages } from "../../src/manual/manual.ts";
import { allOptions } from "../../src/program/arguments.ts";
import { optionPurpose, optionSyntax } from "../../src/program/options.ts";
import { ENVIRONMENT, EXIT_STATUS } from "../../src/program/topics.ts";

/** The README with its tables as the tables of the commands have them: each stands between two comments. */
export async function withTables(readme: string): Promise<string> {
  const usages = await allUsages();
  const tables: Readonly<Record<string, readonly string[]>> = {
    commands: table(
      ["command", ""],
      usages
        .filter(({ operands }) => operands !== "COMMAND")
        .map(({ name, operands, summary }) => [code(`${name} ${operands}`), summary]),
    ),
    options: table(["option", "of", ""], optionRows(usages)),
    environment: table(
      ["variable", ""],
      Object.entries(ENVIRONMENT).map(([name, does]) => [code(name), cell(does)]),
    ),
    "exit status": table(
      ["exit status", ""],
      EXIT_STATUS.map(([status, means]) => [status, cell(means)]),
    ),
  };
  return readme.replace(/^(<!-- table: (.*) -->\n)[\s\S]*?^(<!-- end -->)$/gm, (_, start, name, end) => {
    const lines = tables[name];
    if (lines === undefined) throw new Error(`there is no table "${name}"`);
    return [start, ...lines, "", end].join("\n");
  });
}

/** A row for each option, and for what it does if that is not the same for all commands that have it. */
function optionRows(usages: Awaited<ReturnType<typeof allUsages>>): readonly (readonly string[])[] {
  const rows = new Map<string, { readonly syntax: string; readonly does: string; readonly of: string[] }>();
  // A program is a subcommand too, and is listed as that.
  const commands = usages.filter(({ name, operands }) => name.startsWith("seamless ") && operands !== "COMMAND");
  for (const usage of commands) {
    for (const [name, option] of Object.entries(allOptions(usage))) {
      const [syntax, does] = [optionSyntax(name, option), optionPurpose(option)];
      const row = rows.get(`${syntax}\n${does}`) ?? { syntax, does, of: [] };
      rows.set(`${syntax}\n${does}`, row);
      row.of.push(usage.name.slice("seamless ".length));
    }
  }
  return [...rows.values()]
    .sort((a, b) => order(a.syntax, b.syntax))
    .map(({ syntax, does, of }) => [code(syntax), of.length === commands.length ? "all" : of.join(", "), cell(does)]);
}

/** By the long names. */
function order(a: string, b: string): number {
  const [one, other] = [a, b].map((syntax) => syntax.replace(/^-\w, /, ""));
  return one! < other! ? -1 : 1;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}

function code(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}

/** Plain text in a cell. */
function cell(text: string): string {
  return text.replace(/[|*<]/g, "\\$&");
}
