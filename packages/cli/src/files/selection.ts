import { SeamlessError } from "@seamless/checksum";
import { showPath } from "@seamless/internal/text";
import { UsageError } from "../program/arguments.ts";
import type { Call } from "../program/command.ts";
import { formatBytes, plural, printable } from "../program/format.ts";
import type { OptionTable } from "../program/options.ts";
import { readInput, refuseFifo } from "./streams.ts";

/** The options of commands that may leave out a part of a directory. */
export const SELECTION_OPTIONS: OptionTable = {
  exclude: { kind: "list", value: "GLOB", does: "leave out what matches, as a line of a .gitignore would; repeatable" },
  include: { kind: "list", value: "GLOB", does: "leave out what does not match (one of them); repeatable" },
  "ignore-file": {
    kind: "list",
    value: "FILE",
    does: "leave out what the lines of a file say, as those of a .gitignore; - is standard input; repeatable",
  },
  "no-hidden": "leave out files and folders whose names begin with a dot",
};

/** A line of the help for them. */
export const SELECTION_HELP = "Globs are compared with the paths in DIR, also of compressed files: x.gz.";

/** Which files of a directory count. */
export interface Selection {
  /** @param path - Relative; that of a folder ends with a slash. */
  select(path: string): boolean;
  /** Why globs of the command line leave nothing, to follow an error: empty if they are not strange, else from `; ` on. */
  explain(): string;
  /** Which globs of the command line have matched nothing, but for what `explain` has told. They may be misspelt. */
  unmatched(): readonly string[];
}

/**
 * What the command line says of which files count; `undefined` if it says nothing. `--exclude` comes after the files, so that
 * it has the last word: `!GLOB` takes back what they leave out.
 *
 * @throws {UsageError} if standard input is both a file with globs and an operand, or two such files; {SeamlessError}
 * `INVALID_VALUE` for a file with globs that is no text, `TOO_LARGE`, and file codes.
 */
export async function selectionOf({ lists, flags, operands, signal }: Call): Promise<Selection | undefined> {
  const { exclude = [], include = [], "ignore-file": files = [] } = lists;
  const noHidden = flags["no-hidden"] === true;
  if (exclude.length + include.length + files.length === 0 && !noHidden) return undefined;
  if (files.includes("-") && (operands.includes("-") || files.indexOf("-") !== files.lastIndexOf("-"))) {
    throw new UsageError("standard input can be read only once");
  }
  const { default: ignore } = await import("ignore");
  const create = () => ignore({ ignorecase: false });
  const out = create();
  if (noHidden) out.add(".*");
  for (const file of files) out.add(await readLines(file, signal));
  for (const pattern of exclude) out.add({ pattern });
  const within = include.length === 0 ? undefined : create();
  for (const pattern of include) within?.add({ pattern });
  let waiting = [...exclude.map((glob) => ["--exclude", glob]), ...include.map((glob) => ["--include", glob])].map(
    ([option = "", glob = ""]) => ({
      name: `${option} ${glob}`,
      rule: create().add({ pattern: glob.replace(/^!/, "") }),
    }),
  );
  let closed = false;
  let told: readonly unknown[] = [];
  // What is in a folder that is left out is never looked at.
  const where = () => (closed ? " outside of the folders that are left out" : "");
  const messages = (globs: readonly { readonly name: string }[]) =>
    globs.map(({ name }) => `${printable(name)} matches nothing${where()}`);
  return {
    select(path) {
      // Each by itself: what a glob matches may be left out by another one, too.
      if (waiting.length > 0) waiting = waiting.filter(({ rule }) => !rule.ignores(path));
      if (out.ignores(path)) {
        closed ||= path.endsWith("/");
        return false;
      }
      // What is in a folder may match although the folder does not.
      return within === undefined || path.endsWith("/") || within.ignores(path);
    },
    explain() {
      told = waiting;
      const why = "only takes back what an --include before it says: --exclude leaves out what matches";
      const idle = include.every((glob) => glob.startsWith("!")) ? include.slice(0, 1) : [];
      const strange = [...messages(waiting), ...idle.map((glob) => `${printable(`--include ${glob}`)} ${why}`)];
      return strange.map((text) => `; ${text}`).join("");
    },
    unmatched: () => messages(waiting.filter((glob) => !told.includes(glob))),
  };
}

/** In bytes: more than any such file has, and less than would fill the memory. */
const MAX_LINES = 2 ** 24;

async function readLines(file: string, signal: AbortSignal): Promise<string> {
  const name = file === "-" ? "standard input" : showPath(file);
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (file !== "-") await refuseFifo(file);
  for await (const chunk of readInput(file, signal)) {
    size += chunk.byteLength;
    if (size > MAX_LINES) {
      const message = `${name} is too large for a file of globs: the limit is ${formatBytes(MAX_LINES)}`;
      throw new SeamlessError("TOO_LARGE", message, { file });
    }
    chunks.push(chunk);
  }
  const text = decode(Buffer.concat(chunks));
  if (text !== undefined) return text;
  throw new SeamlessError("INVALID_VALUE", `${name} is not a file of globs: it is not text in UTF-8`, { file });
}

/** Without a byte order mark; `undefined` if it is no text. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    // UTF-16 has them everywhere, and no glob has one.
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}

/** What was left out, for the summary: `2 files and 1 folder`; `undefined` if nothing was. */
export function describeLeftOut({ files, folders }: { readonly files: number; readonly folders: number }) {
  const parts = [files > 0 ? [plural(files, "file")] : [], folders > 0 ? [plural(folders, "folder")] : []].flat();
  return parts.length === 0 ? undefined : parts.join(" and ");
}

/** Says which globs have matched nothing. Of files of globs it does not: those often have some for other places. */
export function noteUnmatched({ console }: Call, selection: Selection | undefined): void {
  for (const text of selection?.unmatched() ?? []) console.note(text);
}
