/** A text and its bytes, which must not be changed. */
export interface ShortText {
  readonly text: string;
  readonly bytes: Uint8Array;
}

/**
 * Makes what finds short texts by their checksums: buffers that need not be kept anywhere.
 *
 * @param values - Each without a final newline; it is found with one too.
 * @param hexOf - The checksum of bytes, as hex digits. Called for each text when the first one is looked for.
 * @returns a function of a checksum, as hex digits; `undefined` for any other text.
 */
export function createShortTexts(
  values: readonly string[],
  hexOf: (bytes: Uint8Array) => string,
): (hex: string) => ShortText | undefined {
  let known: ReadonlyMap<string, ShortText> | undefined;
  return (hex) => {
    known ??= new Map(values.flatMap((value) => [value, `${value}\n`]).map((text) => entryOf(text, hexOf)));
    return known.get(hex);
  };
}

function entryOf(text: string, hexOf: (bytes: Uint8Array) => string): readonly [string, ShortText] {
  const bytes = new TextEncoder().encode(text);
  return [hexOf(bytes), { text, bytes }];
}
