import type { Celltype } from "@seamless/celltypes";
import { previewOf } from "../../../packages/playground/src/preview.ts";
import { writeTyped } from "../../../packages/playground/src/value/typed.ts";

/** The buffer of a value, to be shown. */
export interface Shown {
  /** Bytes. */
  readonly length: number;
  /** 64 hex digits. */
  readonly checksum: string;
  /** The bytes as text or, where they are none, as lines of hex; long ones are cut off. */
  readonly preview: string;
}

/** In characters: what is read at each key in the time of one picture, on the thread that draws them. */
const LIMIT = 20_000;
/** Code takes a parser longer. */
const LIMIT_OF_CODE = 5_000;

/** How many characters of a celltype the box takes. */
export function limitOf(celltype: Celltype): number {
  return celltype === "python" || celltype === "ipython" ? LIMIT_OF_CODE : LIMIT;
}

/**
 * The buffer of a value as it was typed, and its checksum.
 *
 * @throws {RangeError} if it is longer than `limitOf` its celltype.
 * @throws {SeamlessError} as `serialize` and `parse` do.
 */
export async function showBuffer(text: string, celltype: Celltype): Promise<Shown> {
  const limit = limitOf(celltype);
  if (text.length > limit) {
    throw new RangeError(
      `It is over ${limit / 1000} kB long, which is too much for this box: try it in the playground.`,
    );
  }
  const bytes = await writeTyped(text, celltype);
  const { Checksum } = await import("@seamless/checksum");
  return { length: bytes.byteLength, checksum: Checksum.of(bytes).hex(), preview: previewOf(bytes) };
}

/**
 * The fragment of the playground's address that opens it with a value as it was typed; without it, where it is too long
 * for an address.
 */
export async function linkTo(text: string, celltype: Celltype): Promise<string> {
  // Loaded when somebody types: until then, the links are those of the samples.
  const { writeFragment } = await import("../../../packages/playground/src/fragment.ts");
  const { fragment } = await writeFragment({ tab: "value", value: { typed: { text, celltype } }, states: {} });
  return fragment;
}
