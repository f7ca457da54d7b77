import { tooLarge } from "../errors.ts";
import { CORE } from "./tags.ts";

/**
 * What a plain scalar is, by its form: PyYAML's implicit resolvers, https://github.com/yaml/pyyaml/blob/6.0.3/lib/yaml/resolver.py.
 * Python's `$` matches before a final newline too, which a quoted scalar with the tag `!` can have.
 */
const RESOLVERS: readonly { readonly first: string; readonly tag: string; readonly form: RegExp }[] = [
  {
    first: "yYnNtTfFoO",
    tag: "bool",
    form: /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)\n?$/,
  },
  {
    first: "-+0123456789.",
    tag: "float",
    form: /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\n?$/,
  },
  {
    first: "-+0123456789",
    tag: "int",
    form: /^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)\n?$/,
  },
  { first: "<", tag: "merge", form: /^<<\n?$/ },
  { first: "~nN", tag: "null", form: /^(?:~|null|Null|NULL)\n?$/ },
  {
    first: "0123456789",
    tag: "timestamp",
    form: /^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?)\n?$/,
  },
  { first: "=", tag: "value", form: /^=\n?$/ },
  { first: "!&*", tag: "yaml", form: /^[!&*]\n?$/ },
];

/** In characters. The expressions for numbers run out of stack some ten times further on. */
export const MAX_NUMBER = 2 ** 20;
const NUMBERS: ReadonlySet<string> = new Set(["int", "float"]);
const MADE_OF_DIGITS = /^[-+0-9a-fA-Fx_.:]*$/;

/**
 * The full tag of a plain scalar.
 *
 * @throws {SeamlessError} `TOO_LARGE` for a number of over a million characters.
 */
export function resolvePlain(value: string): string {
  if (value === "") return `${CORE}null`;
  const first = value.charAt(0);
  const long = value.length > MAX_NUMBER && "-+.0123456789".includes(first);
  if (long && MADE_OF_DIGITS.test(value)) throw tooLarge("a YAML number this long", `${MAX_NUMBER} characters`);
  const found = RESOLVERS.find(
    ({ first: chars, tag, form }) => chars.includes(first) && !(long && NUMBERS.has(tag)) && form.test(value),
  );
  return `${CORE}${found?.tag ?? "str"}`;
}
