import { type DirectoryIndex, SeamlessError } from "@seamless/checksum";
import { showPath } from "@seamless/checksum/node";

/** The same for all spellings of a path that some file systems take for one: in either case, accents composed or not. */
export function foldPath(path: string): string {
  return path.normalize("NFD").toLowerCase();
}

/** What file systems of a platform make of names. */
interface Rules {
  /** Why a name cannot be; `undefined` if it can. */
  fault(name: string): string | undefined;
  /** Names that come out alike are those of one file. @default only equal ones are */
  readonly fold?: (path: string) => string;
}

/** In bytes, or on Windows in UTF-16 units. */
const LONGEST = 255;
const TOO_LONG = `has a name of more than ${LONGEST} bytes in it`;

const POSIX: Rules = {
  fault: (name) => (name.length > LONGEST || Buffer.byteLength(name) > LONGEST ? TOO_LONG : undefined),
};

const RULES: Readonly<Record<string, Rules>> = {
  darwin: { ...POSIX, fold: foldPath },
  win32: {
    fault(name) {
      if (name.length > LONGEST) return TOO_LONG;
      // Among them the backslash, which would lead elsewhere, and the colon, which would lead to another stream.
      if (/[<>:"\\|?*\p{Cc}]/u.test(name)) return "has a character in it that no name can have on Windows";
      if (/[. ]$/.test(name)) return "has a name in it that ends with a dot or a space, which Windows leaves out";
      const device = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *(?:\.|$)/i.test(name);
      return device ? "has a name in it that is one of a device on Windows" : undefined;
    },
    fold: (path) => path.toLowerCase(),
  },
};

/**
 * Refuse an index whose files cannot all be made: before one of them is.
 *
 * @param name - Of the index, for messages.
 * @throws {SeamlessError} `INVALID_NAME` for a name that cannot be on this platform; `INVALID_INDEX` where two paths are
 * those of one file, or one is a directory of another.
 */
export function refuseUnsafe(entries: DirectoryIndex, name: string, platform: string = process.platform): void {
  const { fault, fold } = RULES[platform] ?? POSIX;
  const refuse = (code: "INVALID_NAME" | "INVALID_INDEX", what: string): never => {
    throw new SeamlessError(code, `${showPath(name)} cannot be downloaded here: ${what}`, { file: name });
  };
  // Of a million paths no second table is made, unless their names have to be compared in another form.
  const files = fold === undefined ? undefined : new Map<string, string>();
  const fileAt = (folded: string) =>
    files !== undefined ? files.get(folded) : entries.has(folded) ? folded : undefined;
  for (const path of entries.keys()) {
    for (const part of path.split("/")) {
      const wrong = fault(part);
      if (wrong !== undefined) refuse("INVALID_NAME", `the path ${showPath(path)} ${wrong}`);
    }
    if (files === undefined || fold === undefined) continue;
    const other = files.get(fold(path));
    if (other !== undefined) refuse("INVALID_INDEX", `${showPath(other)} and ${showPath(path)} are one file`);
    files.set(fold(path), path);
  }
  const folders = new Set<string>();
  for (const path of entries.keys()) {
    const folded = fold?.(path) ?? path;
    for (let end = folded.lastIndexOf("/"); end > 0; end = folded.lastIndexOf("/", end - 1)) {
      const folder = folded.slice(0, end);
      // One that was looked at had those above it looked at too.
      if (folders.has(folder)) break;
      folders.add(folder);
      const file = fileAt(folder);
      if (file === undefined) continue;
      refuse("INVALID_INDEX", `${showPath(file)} is a file, and also the directory of ${showPath(path)}`);
    }
  }
}
