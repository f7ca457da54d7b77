import { CELLTYPES } from "@seamless/celltypes";
import { Checksum } from "@seamless/checksum";
import { category, classify, convert, plan } from "@seamless/conversion";
import { compare } from "../measure.mjs";

export const question = "What does it cost to be told that a conversion changes nothing?";

const CALLS = 1_000_000;

export async function answer() {
  const pairs = CELLTYPES.flatMap((source) => CELLTYPES.map((target) => /** @type {const} */ ([source, target])));
  // No power of two, so that a pair is never told by its place alone.
  const asked = Array.from({ length: 1000 }, (_, i) => pairs[(i * 31) % pairs.length] ?? pairs[0]);
  const sources = asked.map((pair) => pair?.[0] ?? "plain");
  const targets = asked.map((pair) => pair?.[1] ?? "plain");
  const keys = asked.map((pair) => `${pair?.[0]}->${pair?.[1]}`);
  const table = new Map(keys.map((key) => [key, { key }]));
  // What each gives is kept, or the engine would leave the call out.
  const kept = new Set();
  const each = (/** @type {(i: number) => unknown} */ work) => () => {
    let last;
    for (let i = 0; i < CALLS; i++) last = work(i % 1000);
    kept.add(last);
  };
  const source = (/** @type {number} */ i) => sources[i] ?? "plain";
  const target = (/** @type {number} */ i) => targets[i] ?? "plain";
  const lookups = await compare(
    { name: "Map.get", run: each((i) => table.get(keys[i] ?? "")) },
    [
      { name: "category", run: each((i) => category(source(i), target(i))), atMost: 3 },
      { name: "classify", run: each((i) => classify(source(i), target(i))), atMost: 3 },
      { name: "plan", run: each((i) => plan(source(i), target(i))), atMost: 3 },
    ],
    { rounds: 21, warmup: 3, calls: CALLS },
  );
  const checksum = Checksum.of(new Uint8Array());
  const getBuffer = async () => undefined;
  const object = async () => ({ checksum });
  const eachAwaited = (/** @type {() => Promise<unknown>} */ work) => async () => {
    let last;
    for (let i = 0; i < CALLS / 10; i++) last = await work();
    kept.add(last);
  };
  const trivial = await compare(
    { name: "an async function that returns an object", run: eachAwaited(object) },
    [{ name: "a trivial convert", run: eachAwaited(() => convert(checksum, "plain", "mixed", getBuffer)), atMost: 3 }],
    { rounds: 21, warmup: 3, calls: CALLS / 10 },
  );
  return [...lookups, ...trivial];
}
