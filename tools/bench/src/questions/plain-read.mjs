import { parse, serialize } from "@seamless/celltypes";
import { parse as parseLossless } from "lossless-json";
import { jsonSample } from "../json-sample.mjs";
import { compare } from "../measure.mjs";

export const question = "How fast is JSON read?";

export async function answer() {
  const bytes = serialize(jsonSample(1e7), "plain");
  const decoder = new TextDecoder("utf-8", { fatal: true });
  return [
    ...(await compare(
      { name: "decoding and JSON.parse", run: () => JSON.parse(decoder.decode(bytes)) },
      [{ name: 'parse(bytes, "plain"), 10 MB', run: () => parse(bytes, "plain"), atMost: 1.15 }],
      { rounds: 21, warmup: 3 },
    )),
    ...(await compare(
      { name: "decoding and lossless-json", run: () => parseLossless(decoder.decode(bytes)) },
      [{ name: "the same, lossless", run: () => parse(bytes, "plain", { lossless: true }), atMost: 1 }],
      { rounds: 7 },
    )),
  ];
}
