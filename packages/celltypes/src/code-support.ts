import { SeamlessError } from "@seamless/checksum";

/** What this package uses of `@seamless/python`. */
export interface CodeSupport {
  isValidPython(text: string): boolean;
  /** Throws a `SeamlessError` for a cell that does not convert. */
  ipythonToPython(cell: string): string;
}

interface CodePackage extends CodeSupport {
  loadPython(): Promise<void>;
}

let loaded: CodePackage | undefined;

/**
 * Load what reading `python` and `ipython` buffers needs: the package `@seamless/python`. `getValue`, `resolve` and
 * `convert` do this themselves; before a synchronous `parse` it must be done once.
 *
 * @throws {SeamlessError} `NO_CODE_SUPPORT` if the package is not installed; `IO_ERROR` if a part of it cannot be loaded.
 */
export async function loadCodeSupport(): Promise<void> {
  const python = loaded ?? (await importPython());
  await python.loadPython();
  loaded = python;
}

async function importPython(): Promise<CodePackage> {
  try {
    return await import("@seamless/python");
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
