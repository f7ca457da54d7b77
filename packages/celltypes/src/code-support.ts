import { SeamlessError } from "@seamless/checksum";
import type { Celltype } from "./celltypes.ts";

/** What this package uses of `@seamless/python`. */
export interface CodeSupport {
  isValidPython(text: string): boolean;
  /** Throws a `SeamlessError` for a cell that does not convert. */
  ipythonToPython(cell: string): string;
}

let loaded: CodeSupport | undefined;

/**
 * Load what reading `python` and `ipython` buffers needs: the package `@seamless/python`, with a Python parser in
 * WebAssembly. `getValue`, `resolve` and `convert` do this themselves; before a synchronous `parse` it must be done once.
 *
 * @throws {SeamlessError} `NO_CODE_SUPPORT` if the package is not installed.
 */
export async function loadCodeSupport(): Promise<void> {
  if (loaded !== undefined) return;
  try {
    const python = await import("@seamless/python");
    await python.loadPython();
    loaded = python;
  } catch (cause) {
    throw new SeamlessError(
      "NO_CODE_SUPPORT",
      'reading a code cell needs a Python parser: install "@seamless/python"',
      { cause },
    );
  }
}

/**
 * @param celltype - For the message.
 * @throws {SeamlessError} `NO_CODE_SUPPORT` if it was not loaded before.
 */
export function codeSupport(celltype: string): CodeSupport {
  if (loaded !== undefined) return loaded;
  throw new SeamlessError(
    "NO_CODE_SUPPORT",
    `reading ${celltype} needs a Python parser: install "@seamless/python" and await loadCodeSupport() once before`,
  );
}

const CODE_CELLTYPES: ReadonlySet<Celltype> = new Set(["python", "ipython"]);

/** Does reading the celltype need `loadCodeSupport`? */
export function needsCodeSupport(celltype: Celltype): boolean {
  return CODE_CELLTYPES.has(celltype);
}
