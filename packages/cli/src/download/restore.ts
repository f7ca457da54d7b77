import { CacheMissError, type Checksum, isSeamlessError, SeamlessError } from "@seamless/checksum";
import { checksumFile, showPath, writeAtomic } from "@seamless/checksum/node";
import { messageOf } from "../doing.ts";
import type { createRetry } from "../retry.ts";
import { miss, type Store } from "../store.ts";
import { counted, usingStream } from "../streams.ts";
import { checkFolders, examine, type Present, placeOf } from "./target.ts";

/** A file that should be in the target. */
export interface WantedFile {
  /** Relative, as the index has it. */
  readonly path: string;
  readonly checksum: Checksum;
  /** In bytes; `undefined` if the store does not have it. */
  readonly length: number | undefined;
}

export interface RestoreOptions {
  readonly store: Store;
  readonly target: string;
  /** Replace a file that differs, and a link in its place. */
  readonly force: boolean;
  /** Only find out whether it would be written. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  readonly retry: ReturnType<typeof createRetry>;
}

/**
 * See that a file is there, whole and right.
 *
 * @returns whether it had to be written, or would have.
 * @throws {SeamlessError} `CHECKSUM_MISMATCH` for a file that differs, `NOT_A_FILE` and `NOT_A_DIRECTORY` for what is
 * in its way, `CACHE_MISS`; file codes, and what the store throws, with the name of the file.
 */
export async function restore(
  wanted: WantedFile,
  options: RestoreOptions,
  onBytes: (bytes: number) => void,
): Promise<boolean> {
  const { target, signal, retry, force } = options;
  const file = placeOf(target, wanted.path);
  const folders = await checkFolders(target, wanted.path, false);
  const { present, size } = folders ? await examine(file) : NOTHING;
  if (present === "file" && (await isRight(file, size, wanted, signal, onBytes))) return false;
  if (present !== "nothing" && !force) throw inTheWay(file, present, wanted.checksum);
  if (options.dryRun) {
    if (wanted.length === undefined) throw named(file, miss(options.store, wanted.checksum));
    onBytes(wanted.length);
    return true;
  }
  await retry(() => write(file, present, wanted, options, onBytes));
  return true;
}

const NOTHING = { present: "nothing", size: 0 } as const;

async function isRight(
  file: string,
  size: number,
  { checksum, length }: WantedFile,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<boolean> {
  if (length !== undefined && length !== size) return false;
  return (await checksumFile(file, { signal, onProgress: onBytes })).equals(checksum);
}

async function write(
  file: string,
  present: Present,
  { path, checksum }: WantedFile,
  { store, target, signal }: RestoreOptions,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const stream = await store.getStream(checksum, { signal }).catch((error) => {
    throw named(file, error);
  });
  // It was there when it was asked for.
  if (stream === undefined) throw named(file, miss(store, checksum));
  const made = await usingStream(stream, async () => {
    await checkFolders(target, path, true);
    return writeAtomic(file, counted(naming(file, stream), onBytes), {
      signal,
      // What has come meanwhile is not replaced: nobody has looked at it.
      overwrite: present !== "nothing",
      // Those of the file that a link leads to are not ours.
      mode: present === "link" ? 0o666 : undefined,
    });
  });
  if (!made) throw inTheWay(file, "file", checksum);
}

function inTheWay(file: string, present: Exclude<Present, "nothing">, checksum: Checksum): SeamlessError {
  const shown = showPath(file);
  if (present === "link") {
    const message = `cannot write ${shown}: it is a link, which is not followed; --force replaces it`;
    return new SeamlessError("NOT_A_FILE", message, { file });
  }
  const message = `${shown} is there, and differs: --force replaces it`;
  return new SeamlessError("CHECKSUM_MISMATCH", message, { file, checksum });
}

async function* naming(file: string, pieces: AsyncIterable<Uint8Array>) {
  try {
    yield* pieces;
  } catch (error) {
    throw named(file, error);
  }
}

/** An error of the store, with the file that it is about. One that names a file already does so itself. */
function named(file: string, error: unknown): unknown {
  if (!isSeamlessError(error)) return error;
  const message = messageOf(error, "write", file);
  const { code, checksum, store } = error;
  const details = { cause: error, file, checksum, store };
  return code === "CACHE_MISS"
    ? new CacheMissError(checksum!, message, details)
    : new SeamlessError(code, message, details);
}
