import { SeamlessError } from "@seamless/checksum";

/** What this package uses of `@seamless/python`. */
export interface CodeSupport {
  isValidPython(text: string): boolean;
  /** The first error: in code points, from 1; `undefined` if there is none. */
  pythonError(text: string): { readonly line: number; readonly column: number; readonly message: string } | undefined;
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
 * In a bundle it is found if something imports `@seamless/python/register`.
 *
 * @throws {SeamlessError} `NO_CODE_SUPPORT` if the package is not installed; `IO_ERROR` if a part of it cannot be loaded.
 */
export async function loadCodeSupport(): Promise<void> {
  const python = loaded ?? (await importPython());
  await python.loadPython();
  loaded = python;
}

/** Where `@seamless/python/register` leaves the function that loads that package. */
const LOADER = Symbol.for("@seamless/code-support/1");

/** Not a literal in `import()`: bundlers would look for an optional package, and webpack and Rollup warn if it is missing. */
const PACKAGE = "@seamless/python";

async function importPython(): Promise<CodePackage> {
  const load = (globalThis as { readonly [LOADER]?: () => Promise<CodePackage> })[LOADER];
  try {
    return await (load?.() ?? import(/* webpackIgnore: true */ /* @vite-ignore */ PACKAGE));
  } catch (cause) {
    throw load === undefined
      ? new SeamlessError(
          "NO_CODE_SUPPORT",
          `reading a code cell needs a Python parser: install "${PACKAGE}", and in a bundle import "${PACKAGE}/register"`,
          { cause },
        )
      : new SeamlessError("IO_ERROR", `cannot load "${PACKAGE}"`, { cause });
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
    `reading ${celltype} needs "${PACKAGE}": await loadCodeSupport() once before`,
  );
}
