let names: ReadonlySet<string> | undefined;
let list: typeof import("./name-list.ts") | undefined;

/** Load the list of names: it is larger than all the code, and only few texts need it. */
export async function loadNames(): Promise<void> {
  list ??= await import("./name-list.ts");
}

export const areNamesLoaded = (): boolean => list !== undefined;

/**
 * Does CPython accept the name in `\N{…}`? Case does not matter, except in the names that are made by rules.
 *
 * @throws Error before `loadNames()`.
 */
export function hasCharacter(name: string): boolean {
  if (isHangul(name) || isIdeograph(name)) return true;
  // Some letters beyond ASCII have an upper case in ASCII.
  if (/[^ -~]/.test(name)) return false;
  names ??= readNames();
  return names.has(name.toUpperCase());
}

/** All listed names, in order. */
export function readNames(): ReadonlySet<string> {
  if (list === undefined) throw new Error("the names of characters are not loaded");
  const { NAME_LIST, SHARED } = list;
  const all = new Set<string>();
  let name = "";
  // Names consist of capital letters, digits, spaces and hyphens; the characters of `SHARED` are none of these.
  for (const [, shared, rest] of NAME_LIST.replaceAll("\n", "").matchAll(/([^A-Z0-9 -])([A-Z0-9 -]*)/g)) {
    name = name.slice(0, SHARED.indexOf(shared!)) + rest;
    all.add(name);
  }
  return all;
}

const LEADING = "GG?|N|DD?|R|M|BB?|SS?|JJ?|C|K|T|P|H|";
const VOWEL = "YAE|WAE|YEO|WEO|AE|YA|EO|YE|WA|OE|YO|WE|WI|YU|EU|YI|A|E|O|U|I";
const TRAILING = "GG|GS|NJ|NH|LG|LM|LB|LS|LT|LP|LH|BS|SS|NG|G|N|D|L|M|B|S|J|C|K|T|P|H|";
const HANGUL = new RegExp(`^HANGUL SYLLABLE (?:${LEADING})(?:${VOWEL})(?:${TRAILING})$`);

const isHangul = (name: string): boolean => HANGUL.test(name);

/** The unified ideographs of Unicode 15.1: first and last of each block. */
const IDEOGRAPHS: readonly (readonly [number, number])[] = [
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0x20000, 0x2a6df],
  [0x2a700, 0x2b739],
  [0x2b740, 0x2b81d],
  [0x2b820, 0x2cea1],
  [0x2ceb0, 0x2ebe0],
  [0x2ebf0, 0x2ee5d],
  [0x30000, 0x3134a],
  [0x31350, 0x323af],
];

function isIdeograph(name: string): boolean {
  const digits = /^CJK UNIFIED IDEOGRAPH-([0-9A-F]{4,5})$/.exec(name)?.[1];
  if (digits === undefined) return false;
  const code = Number.parseInt(digits, 16);
  return IDEOGRAPHS.some(([first, last]) => code >= first && code <= last);
}
