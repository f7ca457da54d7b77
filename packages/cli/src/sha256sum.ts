/**
 * A line of a checksum list as `sha256sum` prints it and `sha256sum -c` reads it. A name with a backslash or a line
 * break in it is escaped, and the line then starts with a backslash.
 */
export function checksumLine(hex: string, path: string): string {
  const escaped = escapeName(path);
  return `${escaped === path ? "" : "\\"}${hex}  ${escaped}`;
}

/** A name on one line, with the escapes of `sha256sum`. */
export function escapeName(path: string): string {
  return path.replace(/[\\\n\r]/g, (character) => ESCAPES[character]!);
}

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r" };
