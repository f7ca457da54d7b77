import { lstat, readdir, realpath, unlink, utimes } from "node:fs/promises";
import { join } from "node:path";
import { Checksum, type ErrorCode } from "@seamless/checksum";
import { absolutePath, type MemoryOptions, type MemoryReport } from "@seamless/checksum/node";
import { isTemporaryName } from "@seamless/internal/files";
import { userFolder } from "../config/user-folders.ts";
import { environmentSwitch, UsageError } from "../program/arguments.ts";
import type { Call } from "../program/command.ts";
import { plural, printable } from "../program/format.ts";
import type { OptionTable } from "../program/options.ts";

/** The options of commands that need not read again what has not changed. */
export const MEMORY_OPTIONS: OptionTable = {
  incremental: "do not read files again that have not changed since the last time (or SEAMLESS_INCREMENTAL=1)",
  "no-incremental": "read all files, whatever SEAMLESS_INCREMENTAL and the configuration say",
  rehash: "read all files, and report which of them --incremental had wrong",
};

/** How checksums are remembered. */
export interface Memories {
  /** @param kind - What else decides a checksum. */
  of(directory: string, kind?: string): Promise<MemoryOptions>;
}

/**
 * Where checksums are remembered; `undefined` if they are not to be, or cannot be, which is noted.
 *
 * @throws {UsageError} for another value of the variable than 0 or 1, and for options that contradict each other.
 */
export async function openMemories({ flags, given, console }: Call): Promise<Memories | undefined> {
  const rehash = flags["rehash"] === true;
  if (flags["no-incremental"]) {
    const other = ["incremental", "rehash"].find((name) => given.includes(name));
    if (other !== undefined) throw new UsageError(`--no-incremental has no meaning with --${other}`);
    return undefined;
  }
  const wanted = environmentSwitch("SEAMLESS_INCREMENTAL") || flags["incremental"] === true || rehash;
  if (!wanted) return undefined;
  const folder = await userFolder("cache");
  if (folder === undefined) {
    console.note("nothing can be remembered: there is no home folder; set XDG_CACHE_HOME to a folder");
    return undefined;
  }
  return {
    async of(directory, kind = "") {
      const real = await realpath(directory).catch(() => absolutePath(directory));
      const name = Checksum.of(new TextEncoder().encode(real)).hex().slice(0, 32);
      return { file: join(folder, "seamless", "checksums", `${name}${kind}`), rehash };
    },
  };
}

/** Reports what came of the memory, and removes what nobody uses any more. */
export async function noteMemory(call: Call, { file, rehash }: MemoryOptions, report: MemoryReport): Promise<void> {
  const { read, wrong, unfit, faults } = report;
  const { console } = call;
  for (const path of wrong) console.warn(`${printable(path)} was remembered with a wrong checksum`);
  if (rehash) {
    console.note(`read ${plural(read, "file")}; ${plural(wrong.length, "checksum")} had been remembered wrong`);
  }
  if (unfit > 0) {
    const why = "its file system does not tell of all changes";
    console.note(`${plural(unfit, "file")} ${unfit === 1 ? "is" : "are"} read each time: ${why}`);
  }
  // One is enough: what cannot be read can mostly not be written either.
  const [fault] = faults;
  if (fault === undefined) await tidy(file).catch(() => undefined);
  else if (REBUILT.includes(fault.code)) console.note(`${fault.message}: it is made anew`);
  else console.note(`checksums cannot be remembered: ${fault.message}`);
}

/** What is wrong with a memory that another one replaces. */
const REBUILT: readonly ErrorCode[] = ["CHECKSUM_MISMATCH", "UNSUPPORTED"];

const DAY = 86_400_000;
/** In ms: what nobody has used for so long is removed. */
const LIFE = 90 * DAY;
/** In ms: a temporary file this old was left by a run that was killed. */
const TEMPORARY_LIFE = DAY / 24;

/** Notes that a memory was used, at most once a day, and then removes others that were not for long. */
async function tidy(file: string): Promise<void> {
  const folder = join(file, "..");
  const now = Date.now();
  const used = await lstat(file);
  const fresh = now - used.mtimeMs < DAY;
  if (!fresh) await utimes(file, used.atime, new Date());
  // Also after a run that has just written it.
  if (fresh && now - used.mtimeMs > TEMPORARY_LIFE) return;
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const { mtimeMs } = await lstat(path);
    if (now - mtimeMs > (isTemporaryName(name) ? TEMPORARY_LIFE : LIFE)) await unlink(path);
  }
}
