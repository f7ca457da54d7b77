import { parse, serialize } from "@seamless/celltypes";
import { parse as parseLossless } from "lossless-json";
import { jsonSample } from "../json-sample.mjs";
import { compare } from "../measure.mjs";

export const question = "How fast is JSON read?";

/** Why nothing better than the targets can be expected. */
export const why = {
  'parse(bytes, "plain"), 10 MB':
    "JSON.parse does the work; what it loses, such as -0 and digits, has to be looked for",
  "the same, lossless": "each number keeps its digits, and dicts their order: a Map takes as long as JSON.parse for it",
};

export async function answer() {
  const bytes = serialize(jsonSample(1e7), "plain");
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const engine = () => JSON.parse(decoder.decode(bytes));
  const lossless = () => parse(bytes, "plain", { lossless: true });
  return [
    ...(await compare(
      { name: "decoding and JSON.parse", run: engine },
      [
        { name: 'parse(bytes, "plain"), 10 MB', run: () => parse(bytes, "plain"), atMost: 1.15 },
        { name: "the same, lossless", run: lossless, atMost: 1.8 },
        { name: "the engine's, objects copied into Maps", run: () => intoMaps(engine()) },
      ],
      { rounds: 21, warmup: 3 },
    )),
    ...(await compare(
      { name: "decoding and lossless-json", run: () => parseLossless(decoder.decode(bytes)) },
      [{ name: "the same, lossless", run: lossless, atMost: 1 }],
      { rounds: 7 },
    )),
  ];
}

/**
 * What a reader takes at least that gives dicts in the order of the source.
 *
 * @param {any} value
 * @returns {unknown}
 */
function intoMaps(value) {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(intoMaps);
  const map = new Map();
  for (const key in value) map.set(key, intoMaps(value[key]));
  return map;
}
