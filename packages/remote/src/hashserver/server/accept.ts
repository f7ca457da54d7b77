import type { Coding } from "@seamless/store";

/** What clients call the codings, in the order in which they are preferred. */
const NAMES: readonly (readonly [Coding, readonly string[]])[] = [
  ["zstd", ["zstd"]],
  ["gzip", ["gzip", "x-gzip"]],
];

/** Most clients of a server say the same. */
let last: { readonly header: string; readonly accepted: readonly Coding[] } | undefined;

/**
 * The codings that an `Accept-Encoding` header accepts (RFC 9110, section 12.5.3). None where there is no such header: who
 * says nothing may not be able to decode anything.
 */
export function acceptedCodings(header: string | undefined): readonly Coding[] {
  if (header === undefined) return [];
  if (last?.header !== header) last = { header, accepted: parse(header) };
  return last.accepted;
}

function parse(header: string): readonly Coding[] {
  const weights = new Map(header.toLowerCase().split(",").map(parseItem));
  return NAMES.filter(([, names]) => {
    const named = names.find((name) => weights.has(name));
    return (weights.get(named ?? "*") ?? 0) > 0;
  }).map(([coding]) => coding);
}

function parseItem(item: string): readonly [string, number] {
  const [name = "", ...parameters] = item.split(";").map((part) => part.trim());
  const weight = parameters.find((each) => /^q\s*=/.test(each));
  return [name, weight === undefined ? 1 : Number(weight.slice(weight.indexOf("=") + 1)) || 0];
}
