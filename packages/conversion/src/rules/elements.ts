import type { NdArray } from "@seamless/celltypes";

/** What an array is of, for messages; of long doubles, why nothing can be made of them. */
export function elementsOf({ descr }: NdArray): string {
  if (typeof descr !== "string") return "structs";
  if (!/^[<>](?:f16|c32)$/.test(descr)) return descr;
  return `${descr} (long doubles, whose format is that of the machine that wrote them: a double would be a guess)`;
}
