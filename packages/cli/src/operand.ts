import { access } from "node:fs/promises";
import { Checksum } from "@seamless/checksum";
import { absolutePath, fileError } from "@seamless/checksum/node";
import { printable } from "./printable.ts";
import { readOperandIndex } from "./read-index.ts";
import { UsageError } from "./usage.ts";

export const INDEX = ".INDEX";
export const CHECKSUM = ".CHECKSUM";

/**
 * How a buffer is named on the command line: by its checksum, by a `.CHECKSUM` file that holds it, or, if it is a directory
 * index, by the `.INDEX` file. `given` is what was typed.
 */
export type Operand =
  | { readonly kind: "hex"; readonly given: string; readonly checksum: Checksum }
  | { readonly kind: "checksum" | "index"; readonly given: string; readonly file: string };

/** What to say of operands in the help. */
export const OPERAND_HELP = [
  "64 hex digits, the path of a .CHECKSUM or .INDEX file, or that path",
  "without the extension: X is X.INDEX if there is one, else X.CHECKSUM.",
] as const;

/**
 * What is meant by each operand. All are looked at first: a wrong one among them must not cost the time that the others
 * take.
 *
 * @throws {UsageError} for one that is nothing of all this; {SeamlessError} file codes.
 */
export async function findOperands(given: readonly string[]): Promise<readonly Operand[]> {
  return Promise.all(given.map(findOperand));
}

async function findOperand(given: string): Promise<Operand> {
  if (/^[0-9a-fA-F]{64}$/.test(given)) return { kind: "hex", given, checksum: new Checksum(given) };
  if (given.endsWith(CHECKSUM)) return { kind: "checksum", given, file: given };
  if (given.endsWith(INDEX)) return { kind: "index", given, file: given };
  const bare = bareName(given);
  if (await isThere(bare + INDEX)) return { kind: "index", given, file: bare + INDEX };
  if (await isThere(bare + CHECKSUM)) return { kind: "checksum", given, file: bare + CHECKSUM };
  const missing = `neither ${printable(bare)}${INDEX} nor ${printable(bare)}${CHECKSUM} is there`;
  throw new UsageError(
    `'${printable(given)}' is no checksum: that is 64 hex digits, or a path that ends in ${CHECKSUM}, and ${missing}`,
  );
}

/** `data/`, as shells complete it, is `data`; and `.` has a name too. */
export function bareName(given: string): string {
  const bare = given.replace(/(?<=[^\\/])[\\/]+$/, "");
  return /(?:^|[\\/])\.{0,2}$/.test(bare) ? absolutePath(bare) : bare;
}

async function isThere(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG") return false;
    throw fileError(error, file, "look at");
  }
}

/**
 * The checksum itself. Of an index that is not canonical, that of the index as it is written.
 *
 * @throws {SeamlessError} `INVALID_CHECKSUM`, `INVALID_INDEX`, `TOO_LARGE`, `NOT_FOUND` and other file codes.
 */
export async function checksumOf(operand: Operand): Promise<Checksum> {
  if (operand.kind === "hex") return operand.checksum;
  return operand.kind === "index" ? (await readOperandIndex(operand.file)).checksum : Checksum.load(operand.file);
}
