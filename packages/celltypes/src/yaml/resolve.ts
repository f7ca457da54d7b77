import { tooLarge } from "../errors.ts";
import { TAG } from "./tag-names.ts";

interface Resolver {
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
const RESOLVERS: readonly Resolver[] = [
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
const CANDIDATES: readonly (readonly Resolver[])[] = Array.from({ length: 128 }, (_, code) =>
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
    throw tooLarge("a YAML number this long", `${MAX_NUMBER} characters`);
  }
  const isNumber = (tag: number) => tag === TAG.int || tag === TAG.float;
  return candidates.find(({ tag, form }) => !(long && isNumber(tag)) && form.test(value))?.tag ?? TAG.str;
}
