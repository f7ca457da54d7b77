import type { Coding } from "@seamless/store";

/** A form in which a buffer can be stored: plain, or compressed. */
export interface Form {
  /** Follows the checksum in the name of the file. */
  readonly suffix: string;
  /** How to decode the bytes; `undefined` for the plain form. */
  readonly coding: Coding | undefined;
}

/** Suffix of the file with the length of a buffer that is stored compressed, in digits. */
export const LENGTH_SUFFIX = ".BUFFERLENGTH";

/**
 * All forms, in the order in which they are looked for. Seamless hashservers write compressed ones, and so do people who
 * compress whole folders. The checksum is always that of the decoded bytes.
 */
export const FORMS: readonly Form[] = [
  { suffix: "", coding: undefined },
  { suffix: ".zst", coding: "zstd" },
  { suffix: ".gz", coding: "gzip" },
];

const NAME = /^([0-9a-f]{64})(\.[a-zA-Z]+)?$/;

/** The checksum and the suffix in the name of a buffer's file; `undefined` for other names. */
export function parseName(name: string): { readonly hex: string; readonly suffix: string } | undefined {
  const match = NAME.exec(name);
  return match === null ? undefined : { hex: match[1]!, suffix: match[2] ?? "" };
}

/** @returns the form in which a coding is stored. */
export function formOfCoding(coding: Coding): Form {
  return FORMS.find((form) => form.coding === coding)!;
}

/** The forms that are looked for before one. */
export function formsBefore(form: Form): readonly Form[] {
  return FORMS.slice(0, FORMS.indexOf(form));
}

export function formOf(suffix: string): Form | undefined {
  return FORMS.find((form) => form.suffix === suffix);
}

/** Length of the prefix that is the name of a folder, in hex digits. */
const PREFIX = 2;

/** The folder of a buffer where folders have prefixes. */
export function prefixOf(hex: string): string {
  return hex.slice(0, PREFIX);
}

/** Is this the name of a folder for buffers? */
export function isPrefixName(name: string): boolean {
  return name.length === PREFIX && /^[0-9a-f]+$/.test(name);
}

/** All names of folders for buffers. */
export const PREFIXES: readonly string[] = /* @__PURE__ */ Array.from({ length: 16 ** PREFIX }, (_, i) =>
  i.toString(16).padStart(PREFIX, "0"),
);
