import type { Decode, Decoders } from "@seamless/checksum/node";
import type { Coding } from "@seamless/store";
import { environmentSwitch, UsageError } from "../program/arguments.ts";
import type { Call } from "../program/command.ts";
import { plural } from "../program/format.ts";
import type { OptionTable } from "../program/options.ts";

/** The option of commands that may count compressed files as what they hold. */
export const DECOMPRESS_OPTION: OptionTable = {
  decompress: "count .gz and .zst files as what they hold, as Seamless 1.4 does (or SEAMLESS_DECOMPRESS=1)",
};

/** Suffixes of compressed files. */
const CODINGS: Readonly<Record<".gz" | ".zst", Coding>> = { ".gz": "gzip", ".zst": "zstd" };

interface CompressedName {
  /** Its path without the suffix. */
  readonly name: string;
  readonly coding: Coding;
}

/** What a path says of a compressed file; `undefined` for any other one, and for a suffix alone. */
function compressedName(path: string): CompressedName | undefined {
  const suffix = /[^\\/](\.gz|\.zst)$/.exec(path)?.[1] as keyof typeof CODINGS | undefined;
  return suffix && { name: path.slice(0, -suffix.length), coding: CODINGS[suffix] };
}

/** A file that counts as what it holds. */
export interface CompressedFile extends CompressedName {
  readonly decode: Decode;
}

/** How compressed files count. */
export interface Decompression {
  /** What a file counts as; `undefined` if it counts as it is. */
  of(path: string): CompressedFile | undefined;
  /** The files that may hold what goes by a name without their suffix. */
  holders(name: string): readonly { readonly path: string; readonly decode: Decode }[];
  /** For a directory. */
  readonly decoders: Decoders | undefined;
  /** Looks for compressed files, and for standard input, that count as they are, for `note`. */
  count(paths: readonly string[]): void;
  /** Says once that they do, if there were some. */
  note(): void;
}

/**
 * How compressed files count, by the command line and the environment.
 *
 * @throws {UsageError} for another value of the variable than 0 or 1.
 */
export async function decompressionOf({ flags, console }: Call): Promise<Decompression> {
  const wanted = environmentSwitch("SEAMLESS_DECOMPRESS") || flags["decompress"] === true;
  if (!wanted) {
    let count = 0;
    return {
      of: () => undefined,
      holders: () => [],
      decoders: undefined,
      count(paths) {
        for (const path of paths) if (compressedName(path) !== undefined) count++;
      },
      note() {
        if (count === 0) return;
        const they = `${plural(count, ".gz or .zst file")} ${count === 1 ? "counts as it is" : "count as they are"}`;
        console.note(`${they}; Seamless 1.4 counts what they hold, and so does --decompress`);
      },
    };
  }
  // Loaded only here: most have no need of it.
  const { decoderOf } = await import("@seamless/remote/encoding");
  let nameless = false;
  return {
    of(path) {
      const found = compressedName(path);
      return found && { ...found, decode: decoderOf(found.coding) };
    },
    holders: (name) =>
      Object.entries(CODINGS).map(([suffix, coding]) => ({ path: name + suffix, decode: decoderOf(coding) })),
    decoders: Object.fromEntries(Object.entries(CODINGS).map(([suffix, coding]) => [suffix, decoderOf(coding)])),
    // The option is refused for it: see `refuseNameless`.
    count(paths) {
      nameless ||= paths.includes("-");
    },
    note() {
      if (nameless) console.note("standard input counts as it is: SEAMLESS_DECOMPRESS=1 goes by the names of files");
    },
  };
}

/**
 * Checks that `--decompress` is not given for standard input: what is compressed goes by the suffix of its name.
 *
 * @throws {UsageError}
 */
export function refuseNameless({ operands, flags }: Call): void {
  if (flags["decompress"] !== true || !operands.includes("-")) return;
  throw new UsageError("--decompress goes by the names of files, and standard input has none: decompress it before");
}

/** How files are written compressed, and read again. */
export interface Compression {
  readonly suffix: string;
  readonly coding: Coding;
  readonly decode: Decode;
  /** @param length - Of all chunks, in bytes, where it is known. */
  encode(chunks: AsyncIterable<Uint8Array>, length: number | undefined): AsyncIterable<Uint8Array>;
}

/** The option of commands that write files. */
export const COMPRESSION_OPTION: OptionTable = {
  compression: {
    kind: "choice",
    value: "FORM",
    choices: ["zst", "gz"],
    does: "write each FILE compressed, to FILE.zst or FILE.gz",
  },
};

/**
 * How the command line says to compress files; `undefined` if not at all.
 *
 * @throws {SeamlessError} `UNSUPPORTED` for zstd where it cannot be written.
 */
export async function compressionOf({ texts }: Call): Promise<Compression | undefined> {
  const form = texts["compression"];
  if (form === undefined) return undefined;
  const suffix = `.${form}` as keyof typeof CODINGS;
  const coding = CODINGS[suffix];
  const { decoderOf, encodeChunks } = await import("@seamless/remote/encoding");
  const encode: Compression["encode"] = (chunks, length) => encodeChunks(coding, chunks, { length });
  // Before any work is done: zstd may be missing.
  encode((async function* () {})(), 0);
  return { suffix, coding, decode: decoderOf(coding), encode };
}
