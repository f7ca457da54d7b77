import { constants } from "node:fs";
import { copyFile, type FileHandle, link, lstat, open, realpath, symlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { AbortOptions } from "@seamless/internal/abort";
import { renameFile, syncFolder, syncHandle, temporaryName } from "@seamless/internal/files";
import { showPath } from "@seamless/internal/text";
import type { Checksum } from "../checksum.ts";
import { isSeamlessError, SeamlessError } from "../errors.ts";
import { checksumFile } from "./checksum-file.ts";
import { absolutePath, asPath, fileError } from "./path.ts";
import { linkNew, removeTemporary } from "./write-atomic.ts";

/**
 * How two files share their bytes: `reflink` until one of them is changed, where the file system can; `hard` for good, as two
 * names of one file; `sym` as a file and a link to its absolute path.
 */
export type LinkKind = "reflink" | "hard" | "sym";

/** How to link; an abort stops before the link appears, and leaves nothing behind. */
export interface LinkAtomicOptions extends AbortOptions {
  readonly kind: LinkKind;
  /** What the file must hold: it is hashed once it can no longer be exchanged. */
  readonly checksum: Checksum;
  /**
   * Replace a file that is there.
   * @default true
   */
  readonly overwrite?: boolean | undefined;
  /**
   * Permissions, whatever the umask. Of a `reflink` those that it gets, less the umask if they are not given. A `hard` link
   * must allow those who may read by it to read.
   */
  readonly mode?: number | undefined;
}

/** What systems answer where a link of some kind cannot be made. */
const CANNOT: readonly (string | undefined)[] = [
  ...["EXDEV", "EPERM", "EACCES", "EMLINK", "EINVAL", "ENOTTY", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EISDIR", "EBADF"],
];

const REASONS: Readonly<Record<string, string>> = {
  EXDEV: "it is on another file system",
  EPERM: "that is not permitted",
  EACCES: "that is not permitted",
  EMLINK: "it has too many links",
};

/**
 * Link a file in place of copying it: whole or not at all, as `writeAtomic` writes. With `hard` and `sym`, one file is seen at
 * both places, and whoever changes it changes both: it becomes read-only, and whether programs keep to that is up to them.
 *
 * @param source - A regular file, no link.
 * @param target - The link; its folder must exist.
 * @returns false if the target was there and `overwrite` is false: it was not changed.
 * @throws {SeamlessError} `UNSUPPORTED` if that kind of link cannot be made of it, there: copy it; `CHECKSUM_MISMATCH` if it holds
 * something else; file codes. The source then has the permissions that it had.
 *
 * @example
 * import { stat, writeFile } from "node:fs/promises";
 * import { Checksum } from "@seamless/checksum";
 * import { linkAtomic } from "@seamless/checksum/node";
 * await writeFile("a.txt", "hello\n");
 * const checksum = Checksum.of(new TextEncoder().encode("hello\n"));
 * await linkAtomic("a.txt", "b.txt", { kind: "hard", checksum });
 * console.log((await stat("b.txt")).nlink); // → 2
 */
export async function linkAtomic(
  source: string | URL,
  target: string | URL,
  options: LinkAtomicOptions,
): Promise<boolean> {
  const { kind, overwrite = true, signal } = options;
  const from = asPath(source);
  const to = asPath(target);
  const temporary = join(dirname(to), temporaryName(basename(to)));
  let made = false;
  let writable: { readonly handle: FileHandle; readonly mode: number } | undefined;
  let handle: FileHandle | undefined;
  try {
    signal?.throwIfAborted();
    if (!(await lstat(from)).isFile()) throw unsupportedError(from, "it is not a regular file");
    await MAKE[kind](from, temporary);
    made = true;
    // Of all but a symbolic link, the file that has been linked, whatever is at its path by now.
    handle = await open(kind === "sym" ? from : temporary, "r");
    writable = await setMode(handle, from, options);
    await verify(kind === "sym" ? from : temporary, from, options);
    if (kind !== "sym") await syncHandle(handle);
    signal?.throwIfAborted();
    if (overwrite) {
      await renameFile(temporary, to, signal);
      // Nothing is done where both are names of one file already.
      made = kind === "hard";
    } else if (!(await linkNew(temporary, to))) return false;
    await syncFolder(dirname(to));
    writable = undefined;
    return true;
  } catch (error) {
    const { code = "", syscall } = error as NodeJS.ErrnoException;
    const isOurs = syscall === "link" || syscall === "symlink" || syscall === "copyfile" || syscall === "fchmod";
    if (isOurs && CANNOT.includes(code)) {
      throw unsupportedError(from, REASONS[code] ?? "the file system cannot do that", error);
    }
    throw fileError(error, to, "write");
  } finally {
    try {
      await writable?.handle.chmod(writable.mode);
    } finally {
      await handle?.close();
      if (made) await removeTemporary(temporary);
    }
  }
}

const MAKE: Readonly<Record<LinkKind, (from: string, to: string) => Promise<void>>> = {
  reflink: (from, to) => copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE),
  hard: link,
  sym: async (from, to) => symlink(await realpath(absolutePath(from)), to),
};

const READ = 0o444;
const WRITE = 0o222;

/** @returns what to undo if the link is not made. */
async function setMode(handle: FileHandle, from: string, { kind, mode }: LinkAtomicOptions) {
  const found = (await handle.stat()).mode & 0o7777;
  if (kind === "reflink") {
    await handle.chmod(mode ?? 0o666 & ~process.umask());
    return undefined;
  }
  if (kind === "hard" && mode !== undefined && (mode & READ & ~found) !== 0) {
    throw unsupportedError(from, "its permissions keep out those who may read the others there");
  }
  if ((found & WRITE) === 0) return undefined;
  await handle.chmod(found & ~WRITE);
  return { handle, mode: found };
}

/** A link that is made to the same file meanwhile changes its `ctime`: then it is read again. */
const ATTEMPTS = 10;

async function checksumAtRest(path: string, signal: AbortSignal | undefined): Promise<Checksum> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await checksumFile(path, { signal });
    } catch (error) {
      if (!isSeamlessError(error, "FILE_CHANGED") || attempts === ATTEMPTS) throw error;
    }
  }
}

async function verify(path: string, from: string, { checksum, signal }: LinkAtomicOptions): Promise<void> {
  const found = await checksumAtRest(path, signal);
  if (found.equals(checksum)) return;
  const message = `cannot link ${showPath(from)}: its checksum is ${found.hex()}, not ${checksum.hex()}`;
  throw new SeamlessError("CHECKSUM_MISMATCH", message, { file: from, checksum });
}

function unsupportedError(file: string, why: string, cause?: unknown): SeamlessError {
  return new SeamlessError("UNSUPPORTED", `cannot link ${showPath(file)}: ${why}`, { file, cause });
}
