import { Checksum, type DirectoryIndex, SeamlessError } from "@seamless/checksum";
import { showPath } from "@seamless/internal/text";
import { UsageError } from "../program/arguments.ts";
import type { StoreOpener } from "../transfer/store.ts";
import { GET_INSTEAD, isThere, type Operand, operandChecksum, resolveOperands } from "./operands.ts";

/** A file or a directory inside an index: `data.INDEX/sub/a.txt`, `CHECKSUM/sub`. */
export interface Inside {
  readonly kind: "inside";
  readonly given: string;
  readonly index: Operand;
  /** Relative, as in the index, without a slash at its end. */
  readonly path: string;
}

/** Lines of the help that explain such operands. */
export const INSIDE_HELP = "A path inside an index is X/sub/file, where X is one of these.";

/**
 * Finds out what operands name that may go on with a path inside an index.
 *
 * @throws {UsageError} for an operand that names nothing; {SeamlessError} file codes.
 */
export function resolvePlaces(given: readonly string[]): Promise<readonly (Operand | Inside)[]> {
  return Promise.all(given.map(resolvePlace));
}

async function resolvePlace(given: string): Promise<Operand | Inside> {
  const whole = await resolveWhole(given);
  if (!(whole instanceof UsageError) && (await isThere(whole))) return whole;
  // Also what ends with .CHECKSUM or .INDEX: files of an index may have such names.
  let missing: Inside | undefined;
  for (let at = given.indexOf("/", 1); at !== -1; at = given.indexOf("/", at + 1)) {
    const path = given.slice(at + 1).replace(/\/+$/, "");
    const index = path === "" ? undefined : await resolveWhole(given.slice(0, at));
    if (index === undefined || index instanceof UsageError) continue;
    const inside: Inside = { kind: "inside", given, index, path };
    if (await isThere(index)) return inside;
    missing ??= inside;
  }
  // The error is that of the file that is not there.
  if (!(whole instanceof UsageError)) return whole;
  if (missing !== undefined) return missing;
  throw whole;
}

async function resolveWhole(given: string): Promise<Operand | UsageError> {
  try {
    return (await resolveOperands([given]))[0]!;
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
}

/**
 * The checksum that an operand names. The store is opened only if an index has to be read from it.
 *
 * @throws {SeamlessError} `NOT_FOUND` for a path that is not in the index; as `operandChecksum` and `readEntries`.
 */
export async function placeChecksum(
  place: Operand | Inside,
  store: StoreOpener,
  signal: AbortSignal,
): Promise<Checksum> {
  if (place.kind !== "inside") return operandChecksum(place);
  const entries = await readEntries(place.index, store, signal);
  return entries.get(place.path) ?? failNotInside(place, entries);
}

function failNotInside({ given, path }: Inside, entries: DirectoryIndex): never {
  if (entriesBelow(entries, path).next().done) throw notInsideError(given);
  throw new SeamlessError("NOT_A_FILE", `${showPath(given)} is a directory: 'seamless ls' lists it`, { file: given });
}

/** The error for a path that an index does not have. */
export function notInsideError(given: string): SeamlessError {
  return new SeamlessError("NOT_FOUND", `${showPath(given)} is not in the index`, { file: given });
}

/** The entries at a path of an index, or below it; all for an empty one. */
export function* entriesBelow(entries: DirectoryIndex, path: string): Generator<readonly [string, Checksum], void> {
  for (const entry of entries) {
    if (path === "" || entry[0] === path || entry[0].startsWith(`${path}/`)) yield entry;
  }
}

/** What is at a path of an index: the checksum of a file, or the files of a directory, by their paths in it. */
export async function contentInside(
  { index, path, given }: Inside,
  store: StoreOpener,
  signal: AbortSignal,
): Promise<DirectoryIndex | Checksum> {
  const entries = await readEntries(index, store, signal);
  const file = entries.get(path);
  if (file !== undefined) return file;
  const below = [...entriesBelow(entries, path)].map(
    ([name, checksum]) => [name.slice(path.length + 1), checksum] as const,
  );
  if (below.length === 0) throw notInsideError(given);
  return new Map(below);
}

/**
 * Reads an index from its file, or from the store.
 *
 * @throws {SeamlessError} `INVALID_INDEX` also for the checksum of anything else; as `readContent`.
 */
export async function readEntries(index: Operand, store: StoreOpener, signal: AbortSignal): Promise<DirectoryIndex> {
  const content = await readContent(index, store, signal);
  if (!Checksum.isChecksum(content)) return content;
  const what = `${showPath(index.given)} is the checksum of something else than an index: ${GET_INSTEAD}`;
  throw new SeamlessError("INVALID_INDEX", what, { checksum: content });
}

/**
 * Reads an index; a `.CHECKSUM` file of anything else gives that checksum.
 *
 * @param mayBeFile - So does a bare checksum.
 * @throws {SeamlessError} `INVALID_INDEX`, `TOO_LARGE`, `CACHE_MISS`; file codes, and what the store throws.
 */
export async function readContent(
  operand: Operand,
  store: StoreOpener,
  signal: AbortSignal,
  { mayBeFile }: { readonly mayBeFile?: boolean } = {},
): Promise<DirectoryIndex | Checksum> {
  if (operand.kind === "index")
    return (await (await import("./index-operands.ts")).readOperandIndex(operand.file)).entries;
  const { MAX_ENTRIES, readRequested } = await import("../transfer/download-plan.ts");
  const requested = await readRequested(await store(), operand, { maxEntries: MAX_ENTRIES, signal, mayBeFile });
  return requested.kind === "directory" ? requested.entries : requested.checksum;
}
