import { parse, serialize } from "@seamless/celltypes";
import { parse as parseLossless } from "lossless-json";
import { jsonSample } from "../json-sample.mjs";
import { compare } from "../measure.mjs";

export const question = "How fast is JSON read?";

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
        { name: "the same, lossless", run: lossless },
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
