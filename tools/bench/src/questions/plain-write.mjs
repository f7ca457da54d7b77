import { serialize } from "@seamless/celltypes";
import jsonStableStringify from "json-stable-stringify";
import { configure } from "safe-stable-stringify";
import { jsonSample } from "../json-sample.mjs";
import { compare } from "../measure.mjs";

export const question = "How fast is a value written as canonical JSON?";

/** Why nothing better than the targets can be expected. */
export const why = {
  'serialize(value, "plain"), 1 MB': "JSON.stringify does the work; what Python writes otherwise has to be looked for",
  "1 MB of floats with all digits": "Python writes other exponents than JavaScript: each number has to be looked at",
};

const ROUNDS = { rounds: 31, warmup: 10 };

export async function answer() {
  const value = jsonSample(1e6);
  const floats = Array.from({ length: 45_000 }, Math.random);
  const encoder = new TextEncoder();
  const safe = configure({ deterministic: true });
  const ours = (/** @type {number} */ atMost) => ({
    name: 'serialize(value, "plain"), 1 MB',
    run: () => serialize(value, "plain"),
    atMost,
  });
  return [
    ...(await compare(
      { name: "safe-stable-stringify, encoded", run: () => encoder.encode(safe(value, null, 2)) },
      [ours(0.5)],
      ROUNDS,
    )),
    ...(await compare(
      { name: "json-stable-stringify, encoded", run: () => encoder.encode(jsonStableStringify(value, { space: 2 })) },
      [ours(0.5)],
      ROUNDS,
    )),
    ...(await compare(
      { name: "JSON.stringify, encoded", run: () => encoder.encode(JSON.stringify(value, null, 2)) },
      [ours(1.1)],
      ROUNDS,
    )),
    ...(await compare(
      { name: "JSON.stringify, encoded", run: () => encoder.encode(JSON.stringify(floats, null, 2)) },
      [{ name: "1 MB of floats with all digits", run: () => serialize(floats, "plain"), atMost: 1.3 }],
      ROUNDS,
    )),
  ];
}
