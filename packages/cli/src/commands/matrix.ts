import type { Celltype } from "@seamless/celltypes";
import { UsageError } from "../program/arguments.ts";
import type { Subcommand } from "../program/command.ts";
import { printable } from "../program/format.ts";
import { standardOutput } from "../program/output.ts";
import { CELLTYPE_HELP, CELLTYPES } from "../values/celltypes.ts";
import { explainPair, matrixTable, pairOf } from "../values/matrix.ts";

export const matrix: Subcommand = {
  operands: "[FROM] [TO]",
  details: [
    "Prints a row for each celltype that a buffer may be, and a column for each that it may become: all of them, or only",
    "the row of FROM. For FROM and TO, explains the conversion and its steps.",
    CELLTYPE_HELP.replace("CELLTYPE is", "FROM and TO are"),
  ].join("\n"),
  options: {},
  example: [
    "$ seamless matrix int yaml",
    "int → yaml: trivial: the checksum stays the same, and the buffer is not looked at",
    "  int → plain: trivial",
    "  plain → yaml: trivial",
  ].join("\n"),

  async run({ operands, flags, console }) {
    const [from, to] = operands.map(asCelltype);
    const sources = from === undefined ? CELLTYPES : [from];
    const targets = to === undefined ? CELLTYPES : [to];
    if (flags["json"]) {
      for (const source of sources)
        for (const target of targets) console.print(JSON.stringify(await pairOf(source, target)));
      return true;
    }
    const lines =
      from !== undefined && to !== undefined ? await explainPair(from, to) : await matrixTable(sources, inColour());
    for (const line of lines) console.print(line);
    return true;
  },
};

function asCelltype(given: string): Celltype {
  const celltype = CELLTYPES.find((name) => name === given);
  if (celltype !== undefined) return celltype;
  throw new UsageError(`there is no celltype '${printable(given)}'; there are ${CELLTYPES.join(", ")}`);
}

/** On a terminal that has colours, unless `NO_COLOR` is set to anything. */
function inColour(): boolean {
  return standardOutput.isTTY && process.env["TERM"] !== "dumb" && !process.env["NO_COLOR"];
}
