import { type Checksum, type DirectoryIndex, SeamlessError } from "@seamless/checksum";
import { showPath } from "@seamless/internal/text";
import type { Store } from "@seamless/store";
import { type Inside, resolvePlaces } from "../files/inside.ts";
import { CHECKSUM, INDEX, isThere, type Operand } from "../files/operands.ts";
import { describeLeftOut, type Selection } from "../files/selection.ts";
import { UsageError } from "../program/arguments.ts";
import { printable } from "../program/format.ts";
import { readRequested, targetOf } from "./download-plan.ts";

/** An index or a file to download, or a part of an index. */
export interface DownloadJob {
  readonly operand: Operand;
  readonly target: string;
  /** The files and folders of the index that are wanted, as they were given; all if there are none. */
  readonly paths: readonly GivenPath[];
  /** What could be a path in it, but names another index or checksum. */
  readonly rivals: readonly string[];
}

interface GivenPath {
  readonly given: string;
  /** Relative, as in the index. */
  readonly path: string;
  /** What is wrong if the index does not have it. */
  readonly otherwise: string;
}

/**
 * The jobs of the operands. Behind an index or a checksum, what names neither is a path in it.
 *
 * @param output - The only target, in place of those that the operands name.
 * @throws {UsageError} if the first names nothing, if one has no target, or if there is one target for several.
 */
export async function downloadJobs(
  operands: readonly string[],
  output: string | undefined,
): Promise<readonly DownloadJob[]> {
  const jobs: { operand: Operand; paths: GivenPath[]; rivals: string[] }[] = [];
  for (const given of operands) {
    const place = await placeOf(given);
    const last = jobs.at(-1);
    if (place instanceof UsageError) {
      if (last === undefined) throw place;
      last.paths.push({ given, path: pathIn(given), otherwise: neither(given, last.operand) });
      continue;
    }
    if (last !== undefined && place.kind !== "inside" && !(await isThere(place))) {
      last.paths.push({ given, path: pathIn(given), otherwise: notThere(given, last.operand) });
      continue;
    }
    const operand = place.kind === "inside" ? place.index : place;
    if (place.kind === "inside" && last !== undefined && last.paths.length > 0 && isSame(last.operand, operand)) {
      last.paths.push({ given, path: place.path, otherwise: notIn(place) });
      continue;
    }
    if (last !== undefined && !isExplicit(operand)) last.rivals.push(given);
    const paths = place.kind === "inside" ? [{ given, path: place.path, otherwise: notIn(place) }] : [];
    jobs.push({ operand, paths, rivals: [] });
  }
  if (jobs.length > 1 && output !== undefined)
    throw new UsageError(`--output is for a single operand${ambiguity(jobs)}`);
  return jobs.map((job) => ({ ...job, target: output ?? targetOf(job.operand) }));
}

/** What to add where what was taken for another operand may be meant as a path in the index before it. */
function ambiguity(jobs: readonly { readonly operand: Operand; readonly rivals: readonly string[] }[]): string {
  for (const { operand, rivals } of jobs) {
    // Not of what goes on with a path: that says itself which index it means.
    const rival = rivals.find((each) => jobs.some((job) => job.operand.given === each));
    if (rival === undefined) continue;
    const path = `${printable(operand.given)}/${printable(rival)}`;
    return `, and '${printable(rival)}' names a checksum: write ${path} for a path in ${showPath(operand.given)}`;
  }
  return "";
}

async function placeOf(given: string): Promise<Operand | Inside | UsageError> {
  try {
    return (await resolvePlaces([given]))[0]!;
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
}

/** Do two operands name one index? */
function isSame(a: Operand, b: Operand): boolean {
  if (a.kind === "hex") return b.kind === "hex" && a.checksum.equals(b.checksum);
  return b.kind === a.kind && a.file === b.file;
}

/** What is wrong with the name of an index or a checksum file that is not there, nor in an index. */
function notThere(given: string, index: Operand): string {
  return `'${printable(given)}' is not in ${showPath(index.given)}, and there is no such file`;
}

/** What is wrong with what is neither a path in an index nor another operand. */
function neither(given: string, index: Operand): string {
  const what = `'${printable(given)}' is not in ${showPath(index.given)}`;
  return /[*?[]/.test(given)
    ? `${what}: --include takes what matches a glob`
    : `${what}, and names no other index or checksum`;
}

function notIn({ given }: Inside): string {
  return `${printable(given)} is not in the index`;
}

/** As an index writes it. */
function pathIn(given: string): string {
  return given.replace(/^(?:\.\/+)+/, "").replace(/\/+$/, "");
}

function isExplicit({ kind, given }: Operand): boolean {
  return kind === "hex" || given.endsWith(INDEX) || given.endsWith(CHECKSUM);
}

/** What a job requests. */
export interface DownloadContent {
  readonly checksum: Checksum;
  readonly kind: "directory" | "file";
  /** All that the index lists; `undefined` of a file. */
  readonly all: DirectoryIndex | undefined;
  /** What of that is wanted. */
  readonly wanted: DirectoryIndex;
}

/**
 * Finds out what a job requests.
 *
 * @param selection - What is left out of it.
 * @throws {UsageError} for a path that the index does not have, or that could be meant otherwise; {SeamlessError}
 * `INDEX_FAILED` if all is left out; as `readRequested`.
 */
export async function contentOf(
  store: Store,
  { operand, paths, rivals }: DownloadJob,
  selection: Selection | undefined,
  limits: Parameters<typeof readRequested>[2],
): Promise<DownloadContent> {
  const { given } = operand;
  const requested = await readRequested(store, operand, limits);
  const { checksum, kind } = requested;
  if (requested.kind === "file") {
    if (paths.length > 0) throw new UsageError(paths[0]!.otherwise);
    return { checksum, kind, all: undefined, wanted: new Map() };
  }
  const all = requested.entries;
  const possible = new Set([...paths.map(({ path }) => path), ...rivals.map(pathIn)]);
  const found = pathsWithin(all, possible);
  for (const { path, otherwise } of paths) {
    if (!found.has(path)) throw new UsageError(otherwise);
  }
  const rival = rivals.find((each) => found.has(pathIn(each)));
  if (rival !== undefined) {
    const which = `write ${printable(given)}/${printable(rival)} for the first, and a .INDEX or .CHECKSUM file for the other`;
    throw new UsageError(`'${printable(rival)}' is a path in ${showPath(given)}, and names a checksum: ${which}`);
  }
  const asked = new Set(paths.map(({ path }) => path));
  const isWanted = (path: string) =>
    (asked.size === 0 || pathAndFolders(path, (each) => asked.has(each))) && (selection?.select(path) ?? true);
  const whole = asked.size === 0 && selection === undefined;
  const wanted = whole ? all : new Map([...all].filter(([path]) => isWanted(path)));
  if (wanted.size === 0 && all.size > 0) throw nothingLeftError(given, all.size, selection);
  return { checksum, kind, all, wanted };
}

/** The error where globs leave out all that an index has, as `seamless index` has it of a directory. */
function nothingLeftError(given: string, size: number, selection: Selection | undefined): SeamlessError {
  const message = `nothing of ${showPath(given)} is left: ${describeLeftOut({ files: size, folders: 0 })} left out`;
  return new SeamlessError("INDEX_FAILED", `${message}${selection?.explain() ?? ""}`, { file: given });
}

/** Which of some paths are files of an index, or folders of one. */
function pathsWithin(all: DirectoryIndex, possible: ReadonlySet<string>): ReadonlySet<string> {
  const found = new Set<string>();
  if (possible.size === 0) return found;
  for (const path of all.keys()) {
    pathAndFolders(path, (each) => {
      if (possible.has(each)) found.add(each);
      return false;
    });
  }
  return found;
}

/** Is something so of a path, or of a folder above it? */
function pathAndFolders(path: string, test: (path: string) => boolean): boolean {
  if (test(path)) return true;
  for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
    if (test(path.slice(0, end))) return true;
  }
  return false;
}
