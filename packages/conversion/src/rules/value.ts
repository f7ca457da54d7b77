import { type Celltype, parse, serialize } from "@seamless/celltypes";
import { arrayToPlain } from "./array-to-plain.ts";
import { plainToArray } from "./plain-to-array.ts";
import { fromBuffer, type Rule, type RuleTable } from "./rule.ts";

/** Between values of different kinds. */
export const VALUE: RuleTable = {
  binary: {
    plain: fromBuffer((bytes, maxBytes) => {
      const array = parse(bytes, "binary");
      return array === null ? undefined : arrayToPlain(array, maxBytes);
    }),
  },
  plain: { binary: fromBuffer((bytes, maxBytes) => serialize(plainToArray(bytes, maxBytes), "binary")) },
  bool: { int: scalar("bool", "int"), float: scalar("bool", "float") },
  int: { bool: scalar("int", "bool") },
  float: { bool: scalar("float", "bool") },
};

function scalar(source: "bool" | "int" | "float", target: Celltype): Rule {
  return fromBuffer((bytes) => {
    const value = parse(bytes, source);
    return value === null ? undefined : serialize(value, target);
  });
}
