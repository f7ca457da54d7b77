import { isSeamlessError } from "@seamless/checksum";
import { ipythonToPython, isValidPython, loadPython } from "@seamless/python";

/** The verdict, or the code of the error. */
function verdict(text: string): boolean | string {
  try {
    return isValidPython(text);
  } catch (error) {
    if (isSeamlessError(error)) return error.code;
    throw error;
  }
}

/** Runs in a page, where loading takes a fetch. */
export async function verdicts(texts: readonly string[]): Promise<(boolean | string)[]> {
  await loadPython();
  return texts.map(verdict);
}

/** Without loading: what a page can do synchronously. */
export function verdictsNow(texts: readonly string[]): (boolean | string)[] {
  return texts.map(verdict);
}

/** What each cell converts to; `null` for errors. */
export function conversions(cells: readonly string[]): (string | null)[] {
  return cells.map((cell) => {
    try {
      return ipythonToPython(cell);
    } catch (error) {
      if (isSeamlessError(error)) return null;
      throw error;
    }
  });
}
