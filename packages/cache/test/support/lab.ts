import { Buffer, type Celltype } from "@seamless/celltypes";
import type { Checksum } from "@seamless/checksum";
import type { Store } from "@seamless/store";
import { Resolver } from "../../src/resolve/resolver.ts";
import { Fingertipper, type FingertipperOptions } from "../../src/transformations/fingertip.ts";
import type { TransformationRecord } from "../../src/transformations/record.ts";
import { Transformation, type TransformationSpec } from "../../src/transformations/transformation.ts";
import { Transformations } from "../../src/transformations/transformations.ts";
import { FakeCache } from "./fake-cache.ts";

export interface LabOptions extends Pick<FingertipperOptions, "maxDepth" | "maxAttempts" | "cpuTime"> {
  readonly stores?: readonly Store[];
  readonly record?: TransformationRecord;
}

/** Everything that a fingertip needs, and a log of what ran. */
export function lab({ stores = [], record, ...options }: LabOptions = {}) {
  const cache = new FakeCache();
  const ran: string[] = [];
  const transformations = new Transformations(record === undefined ? {} : { record });
  transformations
    .register<{ x: number }>("increment", ({ x }) => {
      ran.push(`increment ${x}`);
      return x + 1;
    })
    .register<{ a: number; b: number }>("add", ({ a, b }) => {
      ran.push(`add ${a} ${b}`);
      return a + b;
    });
  const resolver = new Resolver({ cache, stores });
  const fingertipper = new Fingertipper({ cache, resolver, transformations, ...options });
  return { cache, ran, transformations, resolver, fingertipper };
}

export type Lab = ReturnType<typeof lab>;

export function int(value: number): Buffer {
  return new Buffer(value, "int");
}

/** A call with all inputs and the output of one celltype. */
export function call(
  name: string,
  inputs: Readonly<Record<string, Checksum>>,
  celltype: Celltype = "int",
): TransformationSpec {
  const entries = Object.entries(inputs).map(([key, checksum]) => [key, { checksum, celltype }]);
  return { function: name, inputs: Object.fromEntries(entries), output: celltype };
}

/** Run a chain of increments from 1000 on. Gives the checksums of 1000, 1001, …; everything is in the cache. */
export async function chain({ cache, fingertipper }: Lab, length: number): Promise<Checksum[]> {
  const first = int(1000);
  cache.register(first);
  const all = [first.getChecksum()];
  for (let i = 0; i < length; i++) {
    const { result } = await fingertipper.run(call("increment", { x: all[i]! }));
    all.push(result);
  }
  return all;
}

/** Record what did not happen here, as if an earlier process had. */
export async function recorded(
  { transformations }: Lab,
  name: string,
  inputs: Readonly<Record<string, Checksum>>,
  result: Checksum,
  cpuSeconds = 1,
): Promise<Transformation> {
  const transformation = new Transformation(call(name, inputs));
  await transformations.record.add({ transformation, result, cpuSeconds });
  return transformation;
}
