import { isSeamlessError } from "@seamless/checksum";
import { ipythonToPython } from "../../src/ipython/cell.ts";

/** What a cell becomes, or the code of the error. */
export function outcome(cell: string): string {
  try {
    return ipythonToPython(cell);
  } catch (error) {
    if (isSeamlessError(error)) return error.code;
    throw error;
  }
}
