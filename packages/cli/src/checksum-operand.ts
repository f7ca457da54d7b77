import { Checksum } from "@seamless/checksum";
import { printable } from "./printable.ts";
import { UsageError } from "./usage.ts";

const EXTENSION = ".CHECKSUM";

/** How a checksum is given on the command line: itself, or the file that holds it. */
export type ChecksumOperand = { readonly checksum: Checksum } | { readonly file: string };

/**
 * @throws {UsageError} if it is neither.
 */
export function checksumOperand(operand: string): ChecksumOperand {
  if (/^[0-9a-fA-F]{64}$/.test(operand)) return { checksum: new Checksum(operand) };
  if (operand.endsWith(EXTENSION)) return { file: operand };
  throw new UsageError(
    `'${printable(operand)}' is no checksum: that is 64 hex digits, or a path that ends in ${EXTENSION}`,
  );
}

/**
 * The checksum itself.
 *
 * @throws {SeamlessError} `INVALID_CHECKSUM`, `NOT_FOUND` and other file codes.
 */
export async function readChecksum(operand: ChecksumOperand): Promise<Checksum> {
  return "checksum" in operand ? operand.checksum : Checksum.load(operand.file);
}
