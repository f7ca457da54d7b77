import { tooLargeError } from "../errors.ts";
import { parsePythonFloat, parsePythonInt, toAscii } from "../numbers/parse.ts";
import { Float } from "../values.ts";
import { TAG } from "./tags.ts";
import { YamlDate, type YamlValue } from "./values.ts";

const BOOLEANS: Readonly<Record<string, boolean>> = {
  __proto__: null as never,
  yes: true,
  no: false,
  true: true,
  false: false,
  on: true,
  off: false,
};

/** The value of a scalar by its tag; `undefined` where the tag has no such value. `!!str` is made elsewhere. */
export const SCALAR_TAGS: ReadonlyMap<number, (text: string) => YamlValue | undefined> = new Map<
  number,
  (text: string) => YamlValue | undefined
>([
  [TAG.null, () => null],
  [TAG.bool, (text) => BOOLEANS[text.toLowerCase()]],
  [TAG.int, readInt],
  [TAG.float, readFloat],
  [TAG.binary, readBinary],
  [TAG.timestamp, readTimestamp],
]);

interface ImplicitTag {
  /** Characters that such a scalar may start with. */
  readonly first: string;
  readonly tag: number;
  readonly form: RegExp;
  /** Characters that such a scalar has at most. */
  readonly longest?: number;
}

/**
 * What a plain scalar is, by its form: PyYAML's implicit resolvers, https://github.com/yaml/pyyaml/blob/6.0.3/lib/yaml/resolver.py.
 * Python's `$` matches before a final newline too, which a quoted scalar with the tag `!` can have.
 */
const RESOLVERS: readonly ImplicitTag[] = [
  {
    first: "yYnNtTfFoO",
    tag: TAG.bool,
    form: /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)\n?$/,
    longest: 6,
  },
  {
    first: "-+0123456789.",
    tag: TAG.float,
    form: /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\n?$/,
  },
  {
    first: "-+0123456789",
    tag: TAG.int,
    form: /^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)\n?$/,
  },
  { first: "<", tag: TAG.merge, form: /^<<\n?$/, longest: 3 },
  { first: "~nN", tag: TAG.null, form: /^(?:~|null|Null|NULL)\n?$/, longest: 5 },
  {
    first: "0123456789",
    tag: TAG.timestamp,
    form: /^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?)\n?$/,
  },
  { first: "=", tag: TAG.value, form: /^=\n?$/, longest: 2 },
  { first: "!&*", tag: TAG.yaml, form: /^[!&*]\n?$/, longest: 2 },
];

/** By the code of the first character. */
const CANDIDATES: readonly (readonly ImplicitTag[])[] = Array.from({ length: 128 }, (_, code) =>
  RESOLVERS.filter(({ first }) => first.includes(String.fromCharCode(code))),
);

/** In characters. The expressions for numbers run out of stack some ten times further on. */
const MAX_NUMBER = 2 ** 20;
const MADE_OF_DIGITS = /^[-+0-9a-fA-Fx_.:]*$/;

/**
 * The tag of the plain scalar that a part of a text is.
 *
 * @throws {SeamlessError} `TOO_LARGE` for a number of over a million characters.
 */
export function resolvePlain(text: string, from = 0, to = text.length): number {
  if (from === to) return TAG.null;
  const length = to - from;
  const candidates = CANDIDATES[text.charCodeAt(from)];
  if (candidates === undefined || !candidates.some(({ longest = length }) => length <= longest)) return TAG.str;
  const value = text.slice(from, to);
  const long = length > MAX_NUMBER;
  if (long && "-+.0123456789".includes(value.charAt(0)) && MADE_OF_DIGITS.test(value)) {
    throw tooLargeError("a YAML number this long", `${MAX_NUMBER} characters`);
  }
  const isNumber = (tag: number) => tag === TAG.int || tag === TAG.float;
  return candidates.find(({ tag, form }) => !(long && isNumber(tag)) && form.test(value))?.tag ?? TAG.str;
}

// Numbers as PyYAML's constructor reads them: https://github.com/yaml/pyyaml/blob/6.0.3/lib/yaml/constructor.py

/** What Python's `int(text, base)` reads of ASCII, with an optional prefix of its own. */
const IN_BASE = {
  "0b": /^([+-]?)(?:0b)?([01]+)$/i,
  "0o": /^([+-]?)(?:0o)?([0-7]+)$/i,
  "0x": /^([+-]?)(?:0x)?([0-9a-f]+)$/i,
};
const FINITE = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?$/;
const SPECIAL = /^([+-]?)(inf|infinity|nan)$/;

/**
 * An integer: decimal, `0b`, `0x`, octal with a leading 0, or base 60 (`1:30`).
 *
 * @returns A number if that is exact, `undefined` for what is not an integer.
 */
function readInt(text: string): number | bigint | undefined {
  const [sign, digits] = splitSign(text.replaceAll("_", ""));
  const value = readMagnitude(digits);
  if (value === undefined) return undefined;
  const signed = sign === "-" ? -value : value;
  const number = Number(signed);
  return Number.isSafeInteger(number) ? number : signed;
}

function readMagnitude(digits: string): bigint | undefined {
  if (digits.startsWith("0b")) return readInBase("0b", digits.slice(2));
  if (digits.startsWith("0x")) return readInBase("0x", digits.slice(2));
  if (digits.startsWith("0")) return readInBase("0o", digits);
  return digits.includes(":") ? readBase60(digits.split(":")) : parsePythonInt(digits);
}

function readInBase(prefix: keyof typeof IN_BASE, text: string): bigint | undefined {
  const [, sign, digits] = IN_BASE[prefix].exec(toAscii(text) ?? "") ?? [];
  if (digits === undefined) return undefined;
  const value = BigInt(prefix + digits);
  return sign === "-" ? -value : value;
}

function readBase60(parts: readonly string[]): bigint | undefined {
  const digits = parts.map(parsePythonInt);
  return digits.includes(undefined) ? undefined : fromBase60(digits as bigint[]);
}

/** By halves: digit by digit, the time would grow with the square of their number. */
function fromBase60(digits: readonly bigint[]): bigint {
  if (digits.length < 32) return digits.reduce((value, digit) => value * 60n + digit, 0n);
  const low = digits.length >> 1;
  return fromBase60(digits.slice(0, -low)) * 60n ** BigInt(low) + fromBase60(digits.slice(-low));
}

/**
 * A float: Python's, `.inf`, `.nan`, or base 60 (`1:30.5`).
 *
 * @returns A `Float` if it is whole, `undefined` for what is not a float.
 */
function readFloat(text: string): number | Float | undefined {
  const [sign, digits] = splitSign(text.replaceAll("_", "").toLowerCase());
  const magnitude = digits.includes(":") ? readFloat60(digits.split(":")) : readPart(digits);
  if (magnitude === undefined) return undefined;
  const value = sign === "-" ? -magnitude : magnitude;
  return Number.isInteger(value) ? new Float(value) : value;
}

function readFloat60(parts: readonly string[]): number | undefined {
  // Python's 60 ** 174 is beyond a float.
  if (parts.length > 174 || parts.some((part) => part.startsWith(".inf") || part.startsWith(".nan"))) return undefined;
  let value = 0;
  let base = 1n;
  for (const part of parts.toReversed()) {
    const digit = readPart(part);
    if (digit === undefined) return undefined;
    value += digit * Number(base);
    base *= 60n;
  }
  return value;
}

function readPart(digits: string): number | undefined {
  if (digits === ".inf") return Infinity;
  if (digits === ".nan") return Number.NaN;
  const finite = parsePythonFloat(digits);
  if (finite !== undefined) return finite;
  const ascii = toAscii(digits) ?? "";
  const [, sign, name] = SPECIAL.exec(ascii) ?? [];
  if (name !== undefined) return name === "nan" ? Number.NaN : sign === "-" ? -Infinity : Infinity;
  // Python reads digits beyond the range of a double as infinity.
  return FINITE.test(ascii) ? Number(ascii) : undefined;
}

function splitSign(text: string): [string, string] {
  return text.startsWith("-") || text.startsWith("+") ? [text.charAt(0), text.slice(1)] : ["", text];
}

const TIMESTAMP = new RegExp(
  "^(?<year>[0-9]{4})-(?<month>[0-9]{1,2})-(?<day>[0-9]{1,2})" +
    "(?:(?:[Tt]|[ \\t]+)(?<hour>[0-9]{1,2}):(?<minute>[0-9]{2}):(?<second>[0-9]{2})(?:\\.(?<fraction>[0-9]*))?" +
    "(?:[ \\t]*(?:Z|(?<sign>[-+])(?<offsetHours>[0-9]{1,2})(?::(?<offsetMinutes>[0-9]{2}))?))?)?\\n?$",
);
const MINUTES_OF_DAY = 24 * 60;

/**
 * A date or time as PyYAML reads it: microseconds, further digits dropped; the offset is kept.
 *
 * @returns `undefined` where there is no such date or time.
 */
function readTimestamp(text: string): YamlDate | undefined {
  const { year = "", month, day, hour, minute, second, fraction = "", ...offset } = TIMESTAMP.exec(text)?.groups ?? {};
  if (!isDate(Number(year), Number(month), Number(day))) return undefined;
  const date = `${year}-${two(month)}-${two(day)}`;
  if (hour === undefined) return new YamlDate(date);
  const shift = readOffset(text, offset);
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59 || shift === undefined) return undefined;
  const micros = fraction.slice(0, 6).padEnd(6, "0");
  return new YamlDate(`${date}T${two(hour)}:${minute}:${second}${micros === "000000" ? "" : `.${micros}`}${shift}`);
}

function isDate(year: number, month: number, day: number): boolean {
  if (!(year >= 1 && month >= 1 && month <= 12 && day >= 1)) return false;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]!;
}

function readOffset(text: string, { sign, offsetHours, offsetMinutes = "0" }: Record<string, string | undefined>) {
  if (sign === undefined) return /Z\n?$/.test(text) ? "+00:00" : "";
  const minutes = Number(offsetHours) * 60 + Number(offsetMinutes);
  if (minutes >= MINUTES_OF_DAY) return undefined;
  // Python knows no -00:00.
  return `${minutes === 0 ? "+" : sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function two(number: string | number | undefined): string {
  return String(number).padStart(2, "0");
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES: ReadonlyMap<string, number> = new Map([...DIGITS].map((digit, value) => [digit, value]));

/**
 * Base64 as Python's `base64.decodebytes` reads it: other ASCII characters are skipped, and nothing counts after the
 * padding that ends a group of four.
 *
 * @returns `undefined` for characters beyond ASCII and for an incomplete group.
 */
function readBinary(text: string): Uint8Array | undefined {
  if (/[^\x00-\x7f]/.test(text)) return undefined;
  const bytes = new Uint8Array(Math.ceil((text.length * 3) / 4));
  let length = 0;
  let digits = 0;
  let pads = 0;
  let bits = 0;
  for (const char of text) {
    const value = VALUES.get(char);
    if (char === "=" && digits >= 2 && digits + ++pads >= 4) return bytes.slice(0, length);
    if (value === undefined) continue;
    pads = 0;
    bits = ((bits << 6) | value) & 0xffff;
    if (digits > 0) bytes[length++] = (bits >> (6 - 2 * digits)) & 0xff;
    digits = (digits + 1) % 4;
  }
  return digits === 0 ? bytes.slice(0, length) : undefined;
}
