import { type Stats, statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { Checksum, compareIndexes, type DirectoryIndex, type IndexChange, SeamlessError } from "@seamless/checksum";
import { indexDirectory } from "@seamless/checksum/node";
import { showPath } from "@seamless/internal/text";
import { INDEXING_OPTIONS, type Indexing, indexingOf } from "../files/indexing.ts";
import { contentInside, INSIDE_HELP, type Inside, readContent, resolvePlaces } from "../files/inside.ts";
import { isExplicit, OPERAND_HELP, type Operand, operandChecksum } from "../files/operands.ts";
import { drained } from "../files/streams.ts";
import { UsageError } from "../program/arguments.ts";
import type { Call, Subcommand } from "../program/command.ts";
import { formatBytes, listed } from "../program/format.ts";
import { hashContent } from "../transfer/hash-content.ts";
import { knownLengths } from "../transfer/lengths.ts";
import { STORE_OPTIONS, type StoreOpener, withLazyStore } from "../transfer/store.ts";

export const diff: Subcommand = {
  operands: "A B",
  details: [
    "Each of A and B is a directory or a file, which is hashed; or what names an index, or a single file:",
    ...OPERAND_HELP,
    INSIDE_HELP,
    "Prints what was added, removed, changed and moved (the same content at another path) from A to B, and how long it",
    "is: of what is not hashed here, where a store has it. The exit status is 1 if there is a difference. Globs are compared",
    "with the paths in both, also in an index.",
  ].join("\n"),
  options: { ...INDEXING_OPTIONS, ...STORE_OPTIONS },
  failureStatus: 2,
  example: [
    "$ seamless-checksum-index data",
    "40bb5584a5b0f69dea87c0aa97a948a5bb947e3371c583fb0e03173fc5a96c85",
    "$ mv data/a.txt data/b.txt",
    "$ seamless diff data.INDEX data || true",
    "moved    a.txt → b.txt  (6 B)",
    "0 added, 0 removed, 0 changed, 1 moved",
  ].join("\n"),

  async run(call) {
    const [a, b] = await Promise.all(call.operands.map(resolveSide));
    return withLazyStore(call, false, async (store) => {
      // Of two checksums that are the same, nothing has to be read.
      const [one, other] = [await namedChecksum(a!), await namedChecksum(b!)];
      if (one !== undefined && other?.equals(one)) return report(call, [], new Map());
      const indexing = await indexingOf(call);
      const [before, after] = [await read(call, indexing, a!, b!, store), await read(call, indexing, b!, a!, store)];
      indexing.finish();
      const changes = changesBetween(a!, before.content, b!, after.content);
      return report(call, changes, await lengthsOf(call, changes, before, after, store));
    });
  },
};

/** One of the two: a directory or a file that is there, or what names an index or a file. */
type Side = OnDisk<"directory"> | OnDisk<"file"> | Operand | Inside;

interface OnDisk<Kind extends string> {
  readonly kind: Kind;
  readonly given: string;
}

async function resolveSide(given: string): Promise<Side> {
  const stats = await lookAt(given);
  if (stats?.isDirectory()) return { kind: "directory", given };
  // What is named outright by a checksum is that; any other file that is there is meant itself.
  if (stats !== undefined && !isExplicit(given)) return { kind: "file", given };
  const [place] = await resolvePlaces([given]).catch((error) => {
    if (!(error instanceof UsageError)) throw error;
    const what = "is neither there nor a checksum: expected a directory, a file,";
    throw new UsageError(error.message.replace("is not a checksum: expected", what));
  });
  if (place?.kind === "inside" && !isExplicit(place.index.given) && (await lookAt(place.index.given))) {
    throw goneError(place);
  }
  return place!;
}

function lookAt(path: string): Promise<Stats | undefined> {
  return stat(path).catch(() => undefined);
}

/** A directory is there: its index may be old, and must not stand for what it has no more. */
function goneError({ given, index, path }: Inside): SeamlessError {
  const file = index.kind === "hex" ? index.given : index.file;
  const what = `it is not there; what ${showPath(file)} has of it is ${showPath(`${file}/${path}`)}`;
  return new SeamlessError("NOT_FOUND", `cannot read ${showPath(given)}: ${what}`, { file: given });
}

async function namedChecksum(side: Side): Promise<Checksum | undefined> {
  return side.kind === "hex" || side.kind === "checksum" ? operandChecksum(side) : undefined;
}

/** The files of a directory, or the checksum of a single file. */
type Content = DirectoryIndex | Checksum;

const isFile = (content: Content): content is Checksum => Checksum.isChecksum(content);

/** What was read of a side. */
interface Found {
  readonly content: Content;
  /** How long a file of it is, in bytes, if it lies here. */
  length?(path: string): number | undefined;
}

/** @throws {SeamlessError} `INVALID_INDEX` for a file and a directory. */
function changesBetween(a: Side, before: Content, b: Side, after: Content): readonly IndexChange[] {
  if (isFile(before)) {
    if (!isFile(after)) throw unlikeError(a, b, true);
    return before.equals(after) ? [] : [{ change: "changed", path: b.given, before, after }];
  }
  if (isFile(after)) throw unlikeError(a, b, false);
  return compareIndexes(before, after);
}

async function read(call: Call, indexing: Indexing, side: Side, other: Side, store: StoreOpener): Promise<Found> {
  const { signal } = call;
  if (side.kind === "directory") {
    const options = await indexing.optionsFor(side.given);
    const found = await indexDirectory(side.given, options);
    await indexing.tell(options, found);
    const { entries, decoded } = found;
    return { content: entries, length: (path) => decoded.get(path)?.length ?? sizeOfFile(join(side.given, path)) };
  }
  if (side.kind === "file") return readFile(call, indexing, side.given);
  // A checksum beside a file is compared as it is: no store has to tell whether it is that of an index.
  const named = side.kind !== "inside" && other.kind === "file" ? await namedChecksum(side) : undefined;
  if (named !== undefined) return { content: named };
  const content = await (side.kind === "inside"
    ? contentInside(side, store, signal)
    : readContent(side, store, signal, { mayBeFile: true }));
  return { content: isFile(content) ? content : indexing.selectFrom(content) };
}

async function readFile({ signal }: Call, { decompression }: Indexing, path: string): Promise<Found> {
  decompression.count([path]);
  let bytes = 0;
  const { checksum, content } = await hashContent(path, decompression.of(path), signal, (read) => {
    bytes = read;
  });
  return { content: checksum, length: () => content?.length ?? bytes };
}

/** Synchronous: through the thread pool it takes ten times as long. */
function sizeOfFile(path: string): number | undefined {
  try {
    return statSync(path).size;
  } catch {
    // It is gone since it was hashed.
    return undefined;
  }
}

function unlikeError(a: Side, b: Side, firstIsFile: boolean): SeamlessError {
  const [file, directory] = firstIsFile ? [a, b] : [b, a];
  const what = `${showPath(file.given)} is a file, and ${showPath(directory.given)} a directory`;
  return new SeamlessError("INVALID_INDEX", `cannot compare them: ${what}`, { file: file.given });
}

/** How many bytes a checksum stands for, where that is known. */
type Lengths = ReadonlyMap<string, number | undefined>;

/** @returns whether there is no difference. */
async function report(call: Call, changes: readonly IndexChange[], lengths: Lengths): Promise<boolean> {
  const { console, flags, signal } = call;
  const counts = { added: 0, removed: 0, changed: 0, moved: 0 };
  for (const change of changes) {
    counts[change.change]++;
    console.result(changeLine(change, lengths), changeJson(change, lengths));
    await drained(signal);
  }
  if (flags["json"]) console.print(JSON.stringify({ same: changes.length === 0, ...counts }));
  else if (changes.length > 0) {
    console.print(
      Object.entries(counts)
        .map(([kind, count]) => `${count} ${kind}`)
        .join(", "),
    );
  }
  return changes.length === 0;
}

/** Of the files that lie here, and of the others what the store has. */
async function lengthsOf(
  call: Call,
  changes: readonly IndexChange[],
  first: Found,
  second: Found,
  store: StoreOpener,
): Promise<Lengths> {
  const lengths = new Map<string, number | undefined>();
  const wanted = new Map<string, Checksum>();
  const look = (checksum: Checksum | undefined, length: number | undefined) => {
    if (checksum === undefined) return;
    if (length === undefined) wanted.set(checksum.hex(), checksum);
    else lengths.set(checksum.hex(), length);
  };
  for (const { path, from, before, after } of changes) {
    look(before, before && first.length?.(from ?? path));
    look(after, after && second.length?.(path));
  }
  const missing = [...wanted].filter(([hex]) => !lengths.has(hex));
  if (missing.length === 0) return lengths;
  const found = await knownLengths(
    call,
    missing.map(([, checksum]) => checksum),
    store,
  );
  for (const [i, length] of found?.entries() ?? []) lengths.set(missing[i]![0], length);
  return lengths;
}

function changeLine({ change, path, from, before, after }: IndexChange, lengths: Lengths): string {
  const size = (checksum: Checksum | undefined) => {
    const length = checksum && lengths.get(checksum.hex());
    return length === undefined ? undefined : formatBytes(length);
  };
  const name = from === undefined ? listed(path) : `${listed(from)} → ${listed(path)}`;
  const [was, is] = [size(before), size(after)];
  const both = (was ?? is) === undefined ? undefined : `${was ?? "?"} → ${is ?? "?"}`;
  const sizes = change === "changed" ? both : (is ?? was);
  return `${change.padEnd(7)}  ${name}${sizes === undefined ? "" : `  (${sizes})`}`;
}

function changeJson({ change, path, from, before, after }: IndexChange, lengths: Lengths): object {
  const side = (checksum: Checksum | undefined) => checksum && { checksum, length: lengths.get(checksum.hex()) };
  return { change, path, from, before: side(before), after: side(after) };
}
