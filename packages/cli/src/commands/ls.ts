import type { Checksum } from "@seamless/checksum";
import { entriesBelow, INSIDE_HELP, notInsideError, readEntries, resolvePlaces } from "../files/inside.ts";
import { OPERAND_HELP } from "../files/operands.ts";
import { drained } from "../files/streams.ts";
import { UsageError } from "../program/arguments.ts";
import type { Call, Subcommand } from "../program/command.ts";
import { amount, formatBytes, listed, plural } from "../program/format.ts";
import { knownLengths } from "../transfer/lengths.ts";
import { STORE_OPTIONS, withLazyStore } from "../transfer/store.ts";

export const ls: Subcommand = {
  operands: "X",
  details: [
    `X is ${OPERAND_HELP[0]}`,
    OPERAND_HELP[1],
    INSIDE_HELP,
    "Prints a line for each file: its checksum, its length in bytes in the store, and its path. The length is '?' if no",
    "store is given, or it does not have the file.",
  ].join("\n"),
  options: { tree: "print a tree of names and sizes", ...STORE_OPTIONS },
  example: [
    "$ seamless upload --quiet --store store data",
    "40bb5584a5b0f69dea87c0aa97a948a5bb947e3371c583fb0e03173fc5a96c85",
    "$ seamless ls --store store data.INDEX",
    "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  6  a.txt",
    "$ seamless ls --store store --tree data.INDEX",
    "data.INDEX: 1 file, 6 B",
    "└─ a.txt  6 B",
  ].join("\n"),

  async run(call) {
    if (call.flags["tree"] && call.flags["json"]) throw new UsageError("--tree has no meaning with --json");
    const [place] = await resolvePlaces(call.operands);
    return withLazyStore(call, false, async (store) => {
      const { index, path } = place!.kind === "inside" ? place! : { index: place!, path: "" };
      const entries = [...entriesBelow(await readEntries(index, store, call.signal), path)];
      if (entries.length === 0 && path !== "") throw notInsideError(place!.given);
      const checksums = entries.map(([, checksum]) => checksum);
      const lengths = await knownLengths(call, checksums, store);
      const files = entries.map(([name, checksum], i) => ({ path: name, checksum, length: lengths?.[i] }));
      if (call.flags["tree"]) await printTree(call, place!.given, path, files);
      else await printList(call, files);
      return true;
    });
  },
};

interface ListedFile {
  readonly path: string;
  readonly checksum: Checksum;
  /** In bytes; `undefined` where no store knows it. */
  readonly length: number | undefined;
}

async function printList({ console, signal }: Call, files: readonly ListedFile[]): Promise<void> {
  for (const file of files) {
    const { path, checksum, length } = file;
    console.result(`${checksum.hex()}  ${length ?? "?"}  ${listed(path)}`, file);
    await drained(signal);
  }
}

/** A directory: its own, by their names. */
interface Folder {
  readonly folders: Map<string, Folder>;
  readonly files: Map<string, ListedFile>;
}

async function printTree(call: Call, name: string, path: string, files: readonly ListedFile[]): Promise<void> {
  const { console, signal } = call;
  const unknown = files.some(({ length }) => length === undefined);
  const bytes = files.reduce((sum, { length = 0 }) => sum + length, 0);
  console.print(`${listed(name)}: ${unknown ? plural(files.length, "file") : amount(files.length, "file", bytes)}`);
  for (const line of treeLines(treeOf(path, files), "")) {
    console.print(line);
    await drained(signal);
  }
}

/** Paths that are given from the directory that is listed; a file that is listed itself has its own name. */
function treeOf(path: string, files: readonly ListedFile[]): Folder {
  const root: Folder = { folders: new Map(), files: new Map() };
  for (const file of files) {
    const above = file.path === path ? path.lastIndexOf("/") + 1 : path === "" ? 0 : path.length + 1;
    const parts = file.path.slice(above).split("/");
    const name = parts.pop()!;
    let folder = root;
    for (const part of parts) {
      let next = folder.folders.get(part);
      if (next === undefined) {
        next = { folders: new Map(), files: new Map() };
        folder.folders.set(part, next);
      }
      folder = next;
    }
    folder.files.set(name, file);
  }
  return root;
}

function* treeLines({ folders, files }: Folder, indent: string): Generator<string, void, undefined> {
  let left = folders.size + files.size;
  for (const [name, folder] of folders) {
    const last = --left === 0;
    yield `${indent}${last ? "└─" : "├─"} ${listed(name)}/`;
    yield* treeLines(folder, `${indent}${last ? "   " : "│  "}`);
  }
  for (const [name, { length }] of files) {
    const last = --left === 0;
    yield `${indent}${last ? "└─" : "├─"} ${listed(name)}${length === undefined ? "" : `  ${formatBytes(length)}`}`;
  }
}
