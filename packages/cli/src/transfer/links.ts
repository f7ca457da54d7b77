import { lstat, realpath, stat } from "node:fs/promises";
import { type Checksum, isSeamlessError, SeamlessError } from "@seamless/checksum";
import { checksumFile, type LinkKind, linkAtomic } from "@seamless/checksum/node";
import { showPath } from "@seamless/internal/text";
import type { DirectoryStore } from "@seamless/remote/directory";
import type { Store } from "@seamless/store";
import { removeLeftovers } from "../files/output-files.ts";
import type { Call } from "../program/command.ts";
import { plural } from "../program/format.ts";
import type { OptionTable } from "../program/options.ts";
import { isWithin, linksLeftBeside, linksLeftIn } from "./link-leftovers.ts";

/** The option of commands that can link files in place of copying them. */
export const LINK_OPTION: OptionTable = {
  link: {
    kind: "choice",
    value: "KIND",
    choices: ["reflink", "hard", "sym"],
    does: "link files of a folder on the same file system, in place of copying them",
  },
};

/** Lines of the help for it. */
export const LINK_HELP = [
  "With --link, files in a folder are not copied: 'reflink' shares their blocks until one is changed, 'hard' and 'sym' make",
  "one read-only file of two. Whoever changes that all the same corrupts the store. What cannot be linked is copied. With",
  "'sym', the files lie in the store alone: 'store compress', 'store gc' and 'store rm' take them away.",
] as const;

/** Links files into a folder of buffers, and out of it. */
export interface Linking {
  /** The kind of links. */
  readonly kind: LinkKind;
  /**
   * Puts a file that the folder does not have.
   *
   * @returns whether it has: else its bytes have to be put.
   * @throws {SeamlessError} file codes; the signal's reason.
   */
  put(checksum: Checksum, file: string): Promise<boolean>;
  /**
   * Replaces a file by a link to the buffer that is equal to it.
   *
   * @throws {SeamlessError} `FILE_CHANGED` if it is not, any more; file codes; the signal's reason.
   */
  replace(checksum: Checksum, file: string): Promise<void>;
  /**
   * Makes a file from the buffer.
   *
   * @returns `exists` if there is one that may not be replaced; `unlinked` if its bytes have to be written.
   * @throws {SeamlessError} file codes; the signal's reason.
   */
  get(checksum: Checksum, file: string, overwrite: boolean): Promise<"linked" | "exists" | "unlinked">;
  /**
   * Removes links that killed runs have left in a directory or beside a file.
   *
   * @throws the signal's reason.
   */
  tidy(path: string, isDirectory: boolean): Promise<void>;
  /** Counts a file that is copied, for a reason that follows "not linked: ". */
  spare(why: string): void;
  /** Tells how many files were not linked, and why. */
  tell(): void;
}

/** How the command line says to link; `undefined` if not at all. Warns of what links can do once there is one. */
export function linkingOf(call: Call, opened: Store): Linking | undefined {
  const { console, signal, texts, flags } = call;
  const kind = texts["link"] as LinkKind | undefined;
  if (kind === undefined || flags["dry-run"]) return undefined;
  let warned = kind === "reflink";
  const warn = () => {
    if (warned) return;
    warned = true;
    const what = `editing a file that is a ${kind === "hard" ? "hard" : "symbolic"} link corrupts the store`;
    const alone = "the files lie in the store alone: store compress, store gc and store rm take them away";
    console.warn(`warning: ${what}${kind === "sym" ? `, and ${alone}` : ""}`);
  };
  const unlinked = new Map<string, number>();
  const spare = (why: string) => {
    unlinked.set(why, (unlinked.get(why) ?? 0) + 1);
  };
  const store = asFolder(opened);
  /** Runs work that links; resolves to `undefined` where that cannot be done. */
  const attempt = async <T>(
    work: (store: DirectoryStore) => Promise<T | undefined>,
    told = spare,
  ): Promise<T | undefined> => {
    if (store === undefined) {
      told(`${opened.name} is not a folder`);
      return undefined;
    }
    try {
      return await work(store);
    } catch (error) {
      signal.throwIfAborted();
      if (isSeamlessError(error, "UNSUPPORTED")) told(reasonOf(error));
      // That of the bytes says what is wrong: the file changed, or the buffer is corrupt.
      else if (!isSeamlessError(error, "CHECKSUM_MISMATCH")) throw error;
      return undefined;
    }
  };
  const plainFile = async (folder: DirectoryStore, checksum: Checksum) => {
    const file = await folder.plainFile(checksum);
    if (file === undefined) spare("they are compressed in the store");
    return file;
  };
  /** Is it a file by itself, that may become a link? */
  const isOwnFile = async (file: string, folder: DirectoryStore, told = spare) => {
    if ((await lstat(file)).isSymbolicLink()) {
      const target = await realpath(file);
      if (!isWithin(await realpath(folder.path).catch(() => folder.path), target)) told("they are links themselves");
      return false;
    }
    if (!isWithin(await realpath(folder.path).catch(() => folder.path), await realpath(file))) return true;
    told("they are in the store itself");
    return false;
  };
  return {
    kind,
    async put(checksum, file) {
      // What is to become a symbolic link afterwards may be copied first.
      const told = kind === "sym" ? () => {} : spare;
      const put = await attempt(async (folder) => {
        if (!(await isOwnFile(file, folder, told))) return undefined;
        await folder.putLink(checksum, file, kind === "sym" ? "hard" : kind, { signal });
        warn();
        return true;
      }, told);
      return put ?? false;
    },
    async replace(checksum, file) {
      await attempt(async (folder) => {
        if (!(await isOwnFile(file, folder))) return;
        const buffer = await plainFile(folder, checksum);
        if (buffer === undefined) return;
        const isSame = await isOneInode(buffer, file);
        if (!isSame && !(await checksumFile(file, { signal })).equals(checksum)) {
          const message = `${showPath(file)} changed since it was indexed: it is not replaced by a link`;
          throw new SeamlessError("FILE_CHANGED", message, { file });
        }
        await linkAtomic(buffer, file, { kind, checksum, signal });
        warn();
      });
    },
    async get(checksum, file, overwrite) {
      const made = await attempt(async (folder) => {
        const buffer = await plainFile(folder, checksum);
        if (buffer === undefined) return undefined;
        const linked = await linkAtomic(buffer, file, { kind, checksum, overwrite, signal });
        if (linked) warn();
        return linked;
      });
      return made === undefined ? "unlinked" : made ? "linked" : "exists";
    },
    async tidy(path, isDirectory) {
      // Others are made in the folder alone.
      if (store === undefined || kind !== "sym") return;
      const left = await (isDirectory ? linksLeftIn(path, store.path, signal) : linksLeftBeside(path, store.path));
      const removed = await removeLeftovers(console, left);
      if (removed > 0) console.note(`removed ${plural(removed, "link")} that an interrupted run has left`);
    },
    spare,
    tell() {
      for (const [why, count] of unlinked) console.note(`copied ${plural(count, "file")}, not linked: ${why}`);
    },
  };
}

function asFolder(store: Store): DirectoryStore | undefined {
  return "putLink" in store ? (store as DirectoryStore) : undefined;
}

/** Does a link lead to a buffer of a folder, as those of `--link sym` do? */
export async function leadsToBuffer(store: Store, checksum: Checksum, link: string): Promise<boolean> {
  const buffer = await asFolder(store)?.plainFile(checksum);
  if (buffer === undefined) return false;
  const [target, own] = await Promise.all([link, buffer].map((path) => realpath(path).catch(() => undefined)));
  return target !== undefined && target === own;
}

/** What follows the file in the message, in the plural. */
function reasonOf({ message }: SeamlessError): string {
  return message
    .slice(message.lastIndexOf(": ") + 2)
    .replace(/^it is /, "they are ")
    .replace(/^it has /, "they have ")
    .replace(/^its /, "their ");
}

async function isOneInode(path: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([path, other].map((each) => stat(each, { bigint: true })));
  return a!.ino === b!.ino && a!.dev === b!.dev;
}
