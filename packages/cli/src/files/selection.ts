import { readFile } from "node:fs/promises";
import { fileError } from "@seamless/checksum/node";
import type { Call } from "../program/command.ts";
import { plural, printable } from "../program/format.ts";
import type { OptionTable } from "../program/options.ts";

/** The options of commands that may leave out a part of a directory. */
export const SELECTION_OPTIONS: OptionTable = {
  exclude: { kind: "list", value: "GLOB", does: "leave out what matches, as a line of a .gitignore would; repeatable" },
  include: { kind: "list", value: "GLOB", does: "leave out what does not match (one of them); repeatable" },
  "ignore-file": {
    kind: "list",
    value: "FILE",
    does: "leave out what the lines of a file say, one that is like a .gitignore; repeatable",
  },
  "no-hidden": "leave out files and folders whose names begin with a dot",
};

/** Which files of a directory count. */
export interface Selection {
  /** @param path - Relative; that of a folder ends with a slash. */
  select(path: string): boolean;
  /** The globs of the command line, with their options, that have matched nothing so far. */
  unmatched(): readonly string[];
}

/**
 * What the command line says of which files count; `undefined` if it says nothing. `--exclude` comes after the files, so that
 * it has the last word: `!GLOB` takes back what they leave out.
 *
 * @throws {SeamlessError} file codes, for a file with globs.
 */
export async function selectionOf({ lists, flags }: Call): Promise<Selection | undefined> {
  const { exclude = [], include = [], "ignore-file": files = [] } = lists;
  const noHidden = flags["no-hidden"] === true;
  if (exclude.length + include.length + files.length === 0 && !noHidden) return undefined;
  const { default: ignore } = await import("ignore");
  const create = () => ignore({ ignorecase: false });
  const out = create();
  if (noHidden) out.add(".*");
  for (const file of files) out.add(await readLines(file));
  for (const pattern of exclude) out.add({ pattern });
  const within = include.length === 0 ? undefined : create();
  for (const pattern of include) within?.add({ pattern });
  let waiting = [...exclude.map((glob) => ["--exclude", glob]), ...include.map((glob) => ["--include", glob])].map(
    ([option = "", glob = ""]) => ({
      name: `${option} ${glob}`,
      rule: create().add({ pattern: glob.replace(/^!/, "") }),
    }),
  );
  return {
    select(path) {
      // Each by itself: what a glob matches may be left out by another one, too.
      if (waiting.length > 0) waiting = waiting.filter(({ rule }) => !rule.ignores(path));
      if (out.ignores(path)) return false;
      // What is in a folder may match although the folder does not.
      return within === undefined || path.endsWith("/") || within.ignores(path);
    },
    unmatched: () => waiting.map(({ name }) => name),
  };
}

async function readLines(file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).replace(/^\ufeff/, "");
  } catch (error) {
    throw fileError(error, file, "read");
  }
}

/** What was left out, for the summary: `2 files and 1 folder`; `undefined` if nothing was. */
export function describeLeftOut({ files, folders }: { readonly files: number; readonly folders: number }) {
  const parts = [files > 0 ? [plural(files, "file")] : [], folders > 0 ? [plural(folders, "folder")] : []].flat();
  return parts.length === 0 ? undefined : parts.join(" and ");
}

/** Says which globs have matched nothing: they may be misspelt. */
export function noteUnmatched({ console }: Call, selection: Selection | undefined): void {
  for (const glob of selection?.unmatched() ?? []) console.note(`${printable(glob)} matches nothing`);
}
