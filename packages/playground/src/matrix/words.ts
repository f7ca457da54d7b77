/** A piece of a text: code stands between backticks. */
export interface Piece {
  readonly text: string;
  readonly isCode: boolean;
}

/** The pieces of a text with backticks, which is shown without them. */
export function piecesOf(text: string): readonly Piece[] {
  return text
    .split("`")
    .map((piece, i) => ({ text: piece, isCode: i % 2 === 1 }))
    .filter((piece) => piece.text !== "");
}
