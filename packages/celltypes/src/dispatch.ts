import { describe, isSeamlessError, SeamlessError } from "@seamless/checksum";
import { CELLTYPES, type Celltype } from "./celltypes.ts";

/**
 * The entry of a celltype in a table.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT` for an unknown celltype.
 */
export function lookUp<T>(table: Readonly<Record<Celltype, T>>, celltype: Celltype): T {
  if (Object.hasOwn(table, celltype)) return table[celltype];
  throw new SeamlessError(
    "INVALID_ARGUMENT",
    `there is no celltype ${describe(celltype)}; there are ${CELLTYPES.join(", ")}`,
  );
}

/** Do something for a celltype; its errors say for which, and limits of the engine become ours. */
export function within<T>(celltype: Celltype, doing: "read" | "write", work: () => T): T {
  try {
    return work();
  } catch (error) {
    const what = doing === "read" ? `cannot read this buffer as ${celltype}` : `cannot write this value as ${celltype}`;
    if (isSeamlessError(error)) {
      if (error.celltype !== undefined) throw error;
      const { code, message, path, offset, line, column, file, checksum, cause } = error;
      throw new SeamlessError(code, `${what}: ${message}`, {
        celltype,
        path,
        offset,
        line,
        column,
        file,
        checksum,
        cause,
      });
    }
    // Too long for a string, an array or the memory: only the engine knows beforehand.
    if (error instanceof RangeError) {
      throw new SeamlessError("TOO_LARGE", `${what}: the JavaScript engine's limit is reached (${error.message})`, {
        celltype,
        cause: error,
      });
    }
    throw error;
  }
}
