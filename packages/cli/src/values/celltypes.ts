import type { Celltype } from "@seamless/celltypes";
import type { OptionTable } from "../program/options.ts";

/** The celltypes, for the command line: a test holds them equal to those of the package, which help need not load. */
export const CELLTYPES = [
  "binary",
  "mixed",
  "text",
  "python",
  "ipython",
  "plain",
  "yaml",
  "str",
  "bytes",
  "int",
  "float",
  "bool",
  "checksum",
] as const satisfies readonly Celltype[];

/** An option that takes a celltype. */
export function celltypeOption(name: string, does: string): OptionTable {
  return { [name]: { kind: "choice", value: "CELLTYPE", choices: CELLTYPES, does } };
}

/** The line of the help for them. */
export const CELLTYPE_HELP = `CELLTYPE is one of ${CELLTYPES.join(", ")}.`;
