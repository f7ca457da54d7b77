/** A name on one line for people to read, with nothing in it that could steer a terminal. */
export function printable(name: string): string {
  return escapeName(name).replace(/\p{Cc}/gu, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

/** A name in the results: for people on a terminal; elsewhere for programs, as in the lists of `sha256sum`. */
export function listed(name: string): string {
  return process.stdout.isTTY ? printable(name) : escapeName(name);
}

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

/** `1 file`, `2 files`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** How much it is: `2 files, 1.20 kB`. */
export function amount(count: number, noun: string, bytes: number): string {
  return `${plural(count, noun)}, ${formatBytes(bytes)}`;
}

/** Decimal units, as disks and networks are sold. */
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
