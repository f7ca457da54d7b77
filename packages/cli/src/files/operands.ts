import { access, readFile, stat } from "node:fs/promises";
import { Checksum, isSeamlessError, SeamlessError } from "@seamless/checksum";
import {
  absolutePath,
  fileError,
  type IndexDirectoryOptions,
  type IndexFile,
  type IndexPaths,
  indexPaths,
  readIndex,
  type SkippedFile,
  showPath,
} from "@seamless/checksum/node";
import { UsageError, withUsageErrors } from "../program/arguments.ts";
import type { Call } from "../program/command.ts";
import { printable } from "../program/format.ts";

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
export async function resolveOperands(given: readonly string[]): Promise<readonly Operand[]> {
  return Promise.all(given.map(resolveOperand));
}

async function resolveOperand(given: string): Promise<Operand> {
  if (/^[0-9a-fA-F]{64}$/.test(given)) return { kind: "hex", given, checksum: new Checksum(given) };
  if (given.endsWith(CHECKSUM)) return { kind: "checksum", given, file: given };
  if (given.endsWith(INDEX)) return { kind: "index", given, file: given };
  const bare = bareName(given);
  if (await exists(bare + INDEX)) return { kind: "index", given, file: bare + INDEX };
  if (await exists(bare + CHECKSUM)) return { kind: "checksum", given, file: bare + CHECKSUM };
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

async function exists(file: string): Promise<boolean> {
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
export async function operandChecksum(operand: Operand): Promise<Checksum> {
  if (operand.kind === "hex") return operand.checksum;
  return operand.kind === "index" ? (await readOperandIndex(operand.file)).checksum : Checksum.load(operand.file);
}

/** What gets the bytes of a file, for whoever takes an index for that. */
export const GET_INSTEAD = "'seamless get' fetches files";

/** A checksum alone, as a `.CHECKSUM` file has it, with the comments that one may have. */
const BARE_CHECKSUM = /^(?:\s*(?:#[^\n]*)?\n)*\s*[0-9a-f]{64}\s*$/;
/** In bytes: what is larger is no checksum with a comment. */
const LONGEST = 4096;

/**
 * Read the index file of an operand.
 *
 * @throws {SeamlessError} as `readIndex`; `INVALID_INDEX` also says where a checksum was put by that name.
 */
export async function readOperandIndex(file: string, limits?: Parameters<typeof readIndex>[1]): Promise<IndexFile> {
  try {
    return await readIndex(file, limits);
  } catch (error) {
    if (isSeamlessError(error, "INVALID_INDEX") && (await holdsChecksum(file))) {
      const what = `${showPath(file)} is no index: it holds a bare checksum, which belongs into a .CHECKSUM file`;
      throw new SeamlessError("INVALID_INDEX", `${what}; ${GET_INSTEAD}`, { file, cause: error });
    }
    throw error;
  }
}

async function holdsChecksum(file: string): Promise<boolean> {
  try {
    return (await stat(file)).size <= LONGEST && BARE_CHECKSUM.test(await readFile(file, "utf8"));
  } catch {
    // Only to say more: what it was read as is wrong already.
    return false;
  }
}

/**
 * Where the index of an operand lies.
 *
 * @throws {UsageError} for one that nothing lies beside.
 */
export function indexPathsOf(operand: string): IndexPaths {
  return withUsageErrors(() => indexPaths(operand));
}

export function indexOptions({ console, signal }: Call): IndexDirectoryOptions {
  const progress = console.progress();
  return { signal, onProgress: progress && ((state) => progress.update(state)) };
}

export function noteSkipped({ console }: Call, skipped: readonly SkippedFile[]): void {
  for (const { path, kind } of skipped) console.note(`skipped ${printable(path)}: it is a ${kind}`);
}

/** One file of a command's operands; passed on as it is to `checksumFile`. */
export interface FileJob {
  readonly path: string;
  readonly signal: AbortSignal;
  readonly onProgress: ((bytes: number, totalBytes: number) => void) | undefined;
}

/**
 * Do something with each operand, in order. One that fails is reported, and the rest is done all the same.
 *
 * @returns whether none failed.
 */
export async function eachFile(call: Call, work: (job: FileJob) => Promise<void>): Promise<boolean> {
  const { operands, console, signal } = call;
  const progress = console.progress();
  const totalBytes = progress === undefined ? 0 : await totalSize(operands);
  let before = 0;
  let ok = true;
  for (const [files, path] of operands.entries()) {
    let bytes = 0;
    const onProgress =
      progress &&
      ((now: number) => {
        bytes = now;
        progress.update({ files, totalFiles: operands.length, bytes: before + bytes, totalBytes });
      });
    try {
      await work({ path, signal, onProgress });
    } catch (error) {
      signal.throwIfAborted();
      console.report(error, path);
      ok = false;
    }
    before += bytes;
    progress?.update({ files: files + 1, totalFiles: operands.length, bytes: before, totalBytes });
  }
  return ok;
}

/** Of the files that are there; 0 if standard input, whose size nobody knows, is among them. */
async function totalSize(paths: readonly string[]): Promise<number> {
  if (paths.includes("-")) return 0;
  const sizes = await Promise.allSettled(paths.map((path) => stat(path)));
  return sizes.reduce((sum, size) => sum + (size.status === "fulfilled" ? size.value.size : 0), 0);
}
