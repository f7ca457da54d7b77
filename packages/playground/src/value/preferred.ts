import type { Celltype } from "@seamless/celltypes";

/** How the formats begin that have a mark of their own. */
const MAGICS: readonly (readonly [string, Celltype])[] = [
  ["\x93NUMPY", "binary"],
  ["\x94SEAMLESS-MIXED", "mixed"],
];

/** Of names of files. */
const ENDINGS: Readonly<Record<string, Celltype>> = {
  json: "plain",
  md: "text",
  npy: "binary",
  py: "python",
  txt: "text",
  yaml: "yaml",
  yml: "yaml",
};

/** Bytes that `preferred` wants to see. */
export const HEAD = 16;

/**
 * As what bytes are shown, if nobody says.
 *
 * @param about - `celltype` if they were written as one; the name of their file; their first bytes.
 * @param readable - Celltypes that can read them.
 */
export function preferred(
  about: { readonly celltype?: Celltype | undefined; readonly name: string; readonly head: Uint8Array },
  readable: ReadonlySet<Celltype>,
): Celltype {
  const head = String.fromCharCode(...about.head.subarray(0, HEAD));
  const ending = /\.(\w+)$/.exec(about.name)?.[1]?.toLowerCase() ?? "";
  const guesses = [
    about.celltype,
    MAGICS.find(([magic]) => head.startsWith(magic))?.[1],
    Object.hasOwn(ENDINGS, ending) ? ENDINGS[ending] : undefined,
    "plain",
    "checksum",
    "text",
  ] as const;
  return guesses.find((guess) => guess !== undefined && readable.has(guess)) ?? "bytes";
}
