import { access, stat } from "node:fs/promises";
import { Checksum } from "@seamless/checksum";
import { absolutePath, fileError } from "@seamless/checksum/node";
import { UsageError } from "../program/arguments.ts";
import type { Call } from "../program/command.ts";
import { printable } from "../program/format.ts";

export const INDEX = ".INDEX";
export const CHECKSUM = ".CHECKSUM";

/**
 * An operand that names a buffer: by its checksum, by a `.CHECKSUM` file, or, for a directory index, by the `.INDEX`
 * file. `given` is the operand as typed.
 */
export type Operand =
  | { readonly kind: "hex"; readonly given: string; readonly checksum: Checksum }
  | { readonly kind: "checksum" | "index"; readonly given: string; readonly file: string };

/** Lines of the help that explain operands. */
export const OPERAND_HELP = [
  "64 hex digits, the path of a .CHECKSUM or .INDEX file, or that path",
  "without the extension: X stands for X.INDEX if that exists, else for X.CHECKSUM, whatever X itself has become.",
] as const;

/**
 * Finds out what each operand names. All are checked before any work is done.
 *
 * @throws {UsageError} for an operand that names nothing; {SeamlessError} file codes.
 */
export async function resolveOperands(given: readonly string[]): Promise<readonly Operand[]> {
  return Promise.all(given.map(resolveOperand));
}

const HEX = /^[0-9a-fA-F]{64}$/;

/** Is an operand a checksum itself? */
export function isHex(given: string): boolean {
  return HEX.test(given);
}

/** Does an operand say itself that it is a checksum or an index? Else it is a path, which another one may stand beside. */
export function isExplicit(given: string): boolean {
  return isHex(given) || given.endsWith(CHECKSUM) || given.endsWith(INDEX);
}

async function resolveOperand(given: string): Promise<Operand> {
  if (HEX.test(given)) return { kind: "hex", given, checksum: new Checksum(given) };
  if (given.endsWith(CHECKSUM)) return { kind: "checksum", given, file: given };
  if (given.endsWith(INDEX)) return { kind: "index", given, file: given };
  const bare = bareName(given);
  if (await exists(bare + INDEX)) return { kind: "index", given, file: bare + INDEX };
  if (await exists(bare + CHECKSUM)) return { kind: "checksum", given, file: bare + CHECKSUM };
  const expected = `expected 64 hex digits or the path of a ${CHECKSUM} or ${INDEX} file`;
  const missing = `neither ${printable(bare)}${INDEX} nor ${printable(bare)}${CHECKSUM} exists`;
  const fix = (await isFolder(bare)) ? `; 'seamless index ${printable(bare)}' makes both` : "";
  throw new UsageError(`'${printable(given)}' is not a checksum: ${expected}, and ${missing}${fix}`);
}

/** The operand without trailing slashes, which shells add to folders; `.` and `..` become absolute paths. */
export function bareName(given: string): string {
  const bare = given.replace(/(?<=[^\\/])[\\/]+$/, "");
  return /(?:^|[\\/])\.{0,2}$/.test(bare) ? absolutePath(bare) : bare;
}

/** Can what an operand names be read? A checksum can; so can a file that is there, and is no folder. */
export async function isThere(operand: Operand): Promise<boolean> {
  if (operand.kind === "hex") return true;
  // What may not be looked at is an error when it is read.
  return (await exists(operand.file)) && !(await isFolder(operand.file));
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG") return false;
    throw fileError(error, file, "access");
  }
}

/**
 * The checksum that an operand names. For an index that is not canonical, that of its bytes.
 *
 * @throws {SeamlessError} `INVALID_CHECKSUM`, `INVALID_INDEX`, `TOO_LARGE`, `NOT_FOUND` and other file codes.
 */
export async function operandChecksum(operand: Operand): Promise<Checksum> {
  if (operand.kind === "hex") return operand.checksum;
  if (operand.kind === "checksum") return Checksum.load(operand.file);
  // Loaded only here: most operands are checksums.
  return (await (await import("./index-operands.ts")).readOperandIndex(operand.file)).checksum;
}

/** Hint for errors where an index was expected. */
export const GET_INSTEAD = "to fetch a file, use 'seamless get'";

/** The file that the checksum of a file goes to; that of `X.INDEX` is the checksum of the directory `X`. */
export function checksumPathOf(path: string): string {
  return `${path.endsWith(INDEX) ? path.slice(0, -INDEX.length) : path}${CHECKSUM}`;
}

/**
 * Checks that no two operands have the same checksum file: one checksum would be lost.
 *
 * @param checksumPath - That of an operand.
 * @throws {UsageError} if two have.
 */
export function checkDistinctTargets(operands: readonly string[], checksumPath: (operand: string) => string): void {
  const seen = new Map<string, string>();
  for (const operand of operands) {
    const file = checksumPath(operand);
    const target = absolutePath(file);
    const other = seen.get(target);
    if (other !== undefined) {
      const both = `${printable(other)} and ${printable(operand)}`;
      throw new UsageError(`${both} have the same target, ${printable(file)}`);
    }
    seen.set(target, operand);
  }
}

/** One of the files that a command was given; also the options of `checksumFile`. */
export interface FileJob {
  readonly path: string;
  /** Its position among the operands, from 0. */
  readonly index: number;
  readonly signal: AbortSignal;
  readonly onProgress: ((progress: { readonly bytes: number }) => void) | undefined;
}

/**
 * Runs work on each operand, in order. Failures are reported, and the remaining operands are still done.
 *
 * @returns whether all succeeded.
 */
export async function eachFile(call: Call, work: (job: FileJob) => Promise<void>): Promise<boolean> {
  const { operands, console, signal } = call;
  const progress = console.progress();
  const totalBytes = progress === undefined ? 0 : await totalSize(operands);
  let before = 0;
  let ok = true;
  for (const [index, path] of operands.entries()) {
    let bytes = 0;
    const current = new Map([[path, { name: path, since: performance.now() }]]);
    const onProgress =
      progress &&
      ((now: { readonly bytes: number }) => {
        bytes = now.bytes;
        progress.update({ files: index, totalFiles: operands.length, bytes: before + bytes, totalBytes, current });
      });
    try {
      await work({ path, index, signal, onProgress });
    } catch (error) {
      signal.throwIfAborted();
      console.report(error, path);
      ok = false;
    }
    before += bytes;
    progress?.update({ files: index + 1, totalFiles: operands.length, bytes: before, totalBytes });
  }
  return ok;
}

/** Total size of the existing files; 0 if standard input, whose size is unknown, is among them. */
async function totalSize(paths: readonly string[]): Promise<number> {
  if (paths.includes("-")) return 0;
  const sizes = await Promise.allSettled(paths.map((path) => stat(path)));
  return sizes.reduce((sum, size) => sum + (size.status === "fulfilled" ? size.value.size : 0), 0);
}
