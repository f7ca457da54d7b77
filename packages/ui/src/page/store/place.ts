/** What the page shows: a buffer, or what lies at a path of the directory that it is the index of. */
export interface Place {
  /** 64 hex digits. */
  readonly checksum: string;
  /** Names of folders, and of a file at the end; none for the buffer itself. */
  readonly path: readonly string[];
}

/** A place as text: `CHECKSUM/folder/file`. */
export function writePlace({ checksum, path }: Place): string {
  return [checksum, ...path].join("/");
}

/** @returns `undefined` for what is no place; addresses come from anybody. */
export function readPlace(text: string): Place | undefined {
  const [checksum = "", ...path] = text.split("/");
  return /^[0-9a-f]{64}$/.test(checksum) && !path.includes("") ? { checksum, path } : undefined;
}

/** A name to be shown: what steers text, or cannot be seen, stands there as its escape. */
export function showName(name: string): string {
  return name.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\\]/gu, (character) => {
    if (character === "\\") return "\\\\";
    const code = character.codePointAt(0)!.toString(16);
    return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
  });
}
