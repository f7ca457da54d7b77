import { onWindows } from "@seamless/internal/platform";
import { standardOutput } from "./output.ts";

/** Control characters. Not as `\p{Cc}`, for which Node builds its tables of Unicode: that takes 5 ms. */
const CONTROL = /[^ -~\u00a0-\uffff]/g;

/** Escapes a name for a message: one line, without control characters that could change the terminal. */
export function printable(name: string): string {
  return inOneLine(name).replace(CONTROL, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

/**
 * Escapes a name in a result: as in a message on a terminal; elsewhere as in the lists of `sha256sum`, for programs.
 */
export function listed(name: string): string {
  return standardOutput.isTTY ? printable(name) : inOneLine(name);
}

/**
 * A line of a checksum list as `sha256sum` prints it and `sha256sum -c` reads it. A name with a backslash or a line
 * break in it is escaped, and the line then starts with a backslash.
 */
export function checksumLine(hex: string, path: string): string {
  const escaped = escapeName(path);
  return `${escaped === path ? "" : "\\"}${hex}  ${escaped}`;
}

/** The same as the tools of BSD print it: `SHA256 (name) = checksum`. */
export function taggedLine(hex: string, path: string): string {
  const escaped = escapeName(path);
  return `${escaped === path ? "" : "\\"}SHA256 (${escaped}) = ${hex}`;
}

/**
 * What `sha256sum -c` says of a file. It escapes only names with a line break; a terminal gets no control characters.
 */
export function verdictLine(path: string, verdict: string): string {
  const escapes = path.includes("\n");
  const name = standardOutput.isTTY ? printable(path) : escapes ? escapeName(path) : path;
  return `${escapes ? "\\" : ""}${name}: ${verdict}`;
}

/** Escapes a name so that it is one line, as `sha256sum` does. */
export function escapeName(path: string): string {
  return path.replace(/[\\\n\r]/g, (character) => ESCAPES[character]!);
}

/** On Windows no name has a line break or a backslash in it: there the backslash separates folders. */
function inOneLine(name: string): string {
  return onWindows() ? name : escapeName(name);
}

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r" };

/** `1 file`, `2 files`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** A count and a size: `2 files, 1.20 kB`. */
export function amount(count: number, noun: string, bytes: number): string {
  return `${plural(count, noun)}, ${formatBytes(bytes)}`;
}

/** Text for standard output: as it is, but on a terminal without the control characters that could change that. */
export function forOutput(text: string): string {
  if (!standardOutput.isTTY) return text;
  return text.replace(/[^ -~\u00a0-\uffff\n\t]/g, (character) => printable(character));
}

/** A size in decimal units, as used for disks and networks: `1.20 kB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : value.toPrecision(3)} ${units[unit]}`;
}
