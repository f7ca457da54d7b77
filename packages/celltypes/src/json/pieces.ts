/** Escapes make six characters of one, which must stay far below the platform's limit of a string. */
export const PIECE = 1 << 16;

/** A text in pieces of bounded length, none of which ends between the halves of a surrogate pair. */
export function* pieces(text: string): Generator<string, void, undefined> {
  let start = 0;
  while (text.length - start > PIECE) {
    const end = start + PIECE;
    const isHigh = (text.charCodeAt(end - 1) & 0xfc00) === 0xd800;
    yield text.slice(start, isHigh ? end - 1 : end);
    start = isHigh ? end - 1 : end;
  }
  yield start === 0 ? text : text.slice(start);
}
