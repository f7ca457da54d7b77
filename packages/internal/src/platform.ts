/*
 * What operating systems do otherwise than others. All that depends on the platform asks here: nothing else reads its name.
 * Facts are those of Node's documentation ("Signal events", `fs`), of libuv's table of Windows errors, and of Microsoft's
 * "Naming Files, Paths, and Namespaces".
 */

/** Is this Windows? There `\` separates folders, and no name has one in it. Browsers have no platform. */
export function onWindows(): boolean {
  return (globalThis as { readonly process?: { readonly platform?: string } }).process?.platform === "win32";
}

/** What a platform does with files, and with their names. */
export interface FilePlatform {
  /**
   * What renaming and removing a file fail with while another program (a virus scanner, an indexer, a reader) has it open:
   * they are tried again. None where an open file can be renamed and removed.
   */
  readonly busyCodes: readonly string[];
  /** Whether the names in a folder can be flushed to the disk. */
  readonly syncsFolders: boolean;
  /** Whether an open file can be removed at once, so that nothing is left of it should this process be killed. */
  readonly removesOpenFiles: boolean;
  /** Whether names are text. Elsewhere they are bytes, of any encoding. */
  readonly namesAreText: boolean;
  /** The folder in which a process finds its open folders, by their descriptors; `undefined` where there is none. */
  readonly openFolders: string | undefined;
  /** Says why a name is invalid, after "the path …"; `undefined` if it is valid. */
  readonly nameFault: (name: string) => string | undefined;
  /** Paths with the same folded form may be the same file; `undefined` where only equal ones are. */
  readonly fold: ((path: string) => string) | undefined;
}

/** How long a name may be, in bytes; on Windows in UTF-16 units. */
const MAX_NAME = 255;
const TOO_LONG = "contains a name of more than 255 bytes";

function posixFault(name: string): string | undefined {
  // A unit of UTF-16 has three bytes at most.
  const mayBeTooLong = 3 * name.length > MAX_NAME;
  return mayBeTooLong && new TextEncoder().encode(name).byteLength > MAX_NAME ? TOO_LONG : undefined;
}

/** Devices have these names in every folder, whatever the case, and with any extension. */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *(?:\.|$)/i;

function windowsFault(name: string): string | undefined {
  if (name.length > MAX_NAME) return TOO_LONG;
  // Among them the backslash, which separates folders (and begins `\\server` and `\\?\`), and the colon, which follows a
  // drive and names another stream of a file.
  if (/[<>:"\\|?*\p{Cc}]/u.test(name)) return "contains a character that names cannot have on Windows";
  if (/[. ]$/.test(name)) return "contains a name that ends with a dot or a space, which Windows drops";
  return DEVICE.test(name) ? "contains the name of a Windows device" : undefined;
}

// A call, so that bundles for browsers, which only ask whether this is Windows, leave the table out.
const PLATFORMS = /* @__PURE__ */ platforms();

function platforms(): Readonly<Record<"posix" | "linux" | "darwin" | "win32", FilePlatform>> {
  const posix: FilePlatform = {
    busyCodes: [],
    syncsFolders: true,
    removesOpenFiles: true,
    namesAreText: false,
    openFolders: undefined,
    nameFault: posixFault,
    fold: undefined,
  };
  return {
    posix,
    linux: { ...posix, openFolders: "/proc/self/fd" },
    // By default file systems ignore case and the composition of accents, there.
    darwin: { ...posix, fold: foldPath },
    win32: {
      // Access denied, sharing violation, and what older systems say of either.
      busyCodes: ["EPERM", "EBUSY", "EACCES"],
      syncsFolders: false,
      removesOpenFiles: false,
      namesAreText: true,
      openFolders: undefined,
      nameFault: windowsFault,
      fold: foldCase,
    },
  };
}

/** @param name - As Node has it. @default this one */
export function filePlatform(name: string = process.platform): FilePlatform {
  return PLATFORMS[name as keyof typeof PLATFORMS] ?? PLATFORMS.posix;
}

/**
 * Folds a path, so that all spellings that some file system takes for the same are equal: upper and lower case, composed
 * and decomposed accents.
 */
export function foldPath(path: string): string {
  return foldCase(path.normalize("NFD"));
}

/**
 * Upper and lower case alone, character by character as file systems do: neither "ß" and "ss" are the same file, nor does
 * it matter whether a sigma is the last letter of a word.
 */
function foldCase(path: string): string {
  return /^[ -~]*$/.test(path) ? path.toLowerCase() : Array.from(path, foldCharacter).join("");
}

function foldCharacter(character: string): string {
  const upper = ifOne(character, character.toUpperCase());
  const folded = ifOne(upper, upper.toLowerCase());
  // The dotless i has the capital I, and is not an i all the same.
  return character > "\x7f" && folded <= "\x7f" ? character : folded;
}

/** The mapped character, or the one that was mapped if there are several in its place. */
function ifOne(character: string, mapped: string): string {
  return [...mapped].length === 1 ? mapped : character;
}
