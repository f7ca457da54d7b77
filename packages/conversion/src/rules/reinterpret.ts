import { CELLTYPES, type Celltype, parse } from "@seamless/celltypes";
import { fromBuffer, type Rule } from "./rule.ts";

/** Target → the rule: the buffer must parse as the target, and stays what it is. */
export const REINTERPRET = Object.fromEntries(
  CELLTYPES.map((target) => [
    target,
    fromBuffer((bytes) => {
      parse(bytes, target);
      return undefined;
    }),
  ]),
) as Readonly<Record<Celltype, Rule>>;
