import { isSeamlessError, SeamlessError } from "@seamless/checksum";
import type { Celltype } from "./celltypes.ts";

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
 * Load what reading `python` and `ipython` buffers needs: the package `@seamless/python`, with a Python parser in
 * WebAssembly. `getValue`, `resolve` and `convert` do this themselves; before a synchronous `parse` it must be done once,
 * and again after `PARSER_TRAPPED`: it then starts the parser afresh.
 *
 * @throws {SeamlessError} `NO_CODE_SUPPORT` if the package is not installed; `IO_ERROR` if its parser cannot be loaded.
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
 * Read with code support. A parser that breaks down says nothing about the text, which may be fine for a fresh one: so
 * once more with that.
 *
 * @param read - What reads, synchronously.
 * @throws {SeamlessError} as `loadCodeSupport` and `read`; `PARSER_TRAPPED` if the fresh parser breaks down too.
 */
export async function withCodeSupport<Value>(read: () => Value): Promise<Value> {
  await loadCodeSupport();
  try {
    return read();
  } catch (error) {
    if (!isSeamlessError(error, "PARSER_TRAPPED")) throw error;
  }
  await loadCodeSupport();
  return read();
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
