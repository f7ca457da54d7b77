/** Text in quotes on one line, as JSON, with nothing in it that could steer a terminal. */
export function quote(text: string): string {
  // JSON leaves U+007F–U+009F as they are, among them a character that starts terminal commands.
  return JSON.stringify(text).replace(/\p{Cc}/gu, (character) => `\\u${hex4(character)}`);
}

/** A path as it is safe to print on one line: quoted if it has control characters, backslashes or lone surrogates. */
export function showPath(path: string): string {
  return /[\\\p{Cc}\p{Surrogate}]/u.test(path) ? quote(path) : path;
}

function hex4(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(4, "0");
}
