import { onWindows } from "./platform.ts";

// Control characters, as what none of these ranges has: `\p{Cc}` says so too, but makes an engine build its tables of Unicode, which
// takes Node 5 ms, and every program shows a path.
const CONTROL = /[^ -~\u00a0-\uffff]/g;
/** The same, lone surrogates, and backslashes. */
const UNSAFE = /[^ -[\]-~\u00a0-\ud7ff\ue000-\u{10ffff}]/u;

/** Text in quotes on one line, as JSON, with nothing in it that could steer a terminal. */
export function quote(text: string): string {
  // JSON leaves U+007F–U+009F as they are, among them a character that starts terminal commands.
  return JSON.stringify(text).replace(CONTROL, (character) => `\\u${hex4(character)}`);
}

/**
 * A path as it is safe to print on one line: quoted if it has control characters, lone surrogates, or backslashes that are not
 * those of Windows.
 */
export function showPath(path: string): string {
  return UNSAFE.test(onWindows() ? path.replaceAll("\\", "") : path) ? quote(path) : path;
}

function hex4(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(4, "0");
}

/** A short description of a wrong argument, safe for any value and of bounded length. */
export function describe(value: unknown): string {
  if (typeof value === "string") return quote(shorten(value));
  if (value === null || typeof value === "undefined") return String(value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "bigint") return shorten(String(value));
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`;
  if (typeof value === "object") return `an object (${shorten(Object.prototype.toString.call(value).slice(8, -1))})`;
  return `a ${typeof value}`;
}

/** What the error says when no runtime is installed, by the call that needs one. */
export function noRuntimeMessage(call: string): string {
  return `${call} needs a runtime and none is installed: import "@seamless/core", or install your own with installRuntime()`;
}

/** What anything threw, in one line of bounded length. */
export function oneLine(error: unknown, limit = 400): string {
  return shorten(messageOf(error).replace(/\s+/g, " ").trim(), limit);
}

/** The message of an error, also of one of another realm; the text of anything else that was thrown. */
export function messageOf(error: unknown): string {
  const message = typeof error === "object" && error !== null ? (error as Partial<Error>).message : undefined;
  return typeof message === "string" ? message : String(error);
}

/** The beginning of a long text, by default of 80 UTF-16 units. */
export function shorten(text: string, limit = 80): string {
  return text.length > limit ? `${text.slice(0, limit)}…` : text;
}
