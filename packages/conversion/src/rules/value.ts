import { type Celltype, parse, serialize } from "@seamless/celltypes";
import { Checksum, SeamlessError } from "@seamless/checksum";
import { arrayToPlain, plainToArray } from "./array-json.ts";
import { fromBuffer, type Rule, type RuleTable } from "./rule.ts";

const scalarRules: RuleTable = {
  bool: { int: scalar("bool", "int"), float: scalar("bool", "float") },
  int: { bool: scalar("int", "bool") },
  float: { bool: scalar("float", "bool") },
};

const arrayRules: RuleTable = {
  binary: {
    plain: fromBuffer((bytes, maxBytes) => {
      const array = parse(bytes, "binary");
      return array === null ? undefined : arrayToPlain(array, maxBytes);
    }),
  },
  plain: { binary: fromBuffer((bytes, maxBytes) => serialize(plainToArray(bytes, maxBytes), "binary")) },
};

/** Writes the checksum of the buffer as a buffer of its own. */
const toChecksum: Rule = { needs: "checksum", apply: (checksum) => serialize(checksum, "checksum") };

/** Gives the checksum that is in the buffer; nobody looks at the buffer that it stands for. */
const fromChecksum: Rule = fromBuffer((bytes) => {
  const value = parse(bytes, "checksum");
  if (Checksum.isChecksum(value)) return value;
  const found = value === null ? "null" : Array.isArray(value) ? "a list" : "a dict";
  throw new SeamlessError("INVALID_BUFFER", `${found} is not one checksum`);
});

/** Converts between values of different kinds. */
export function valueRule(source: Celltype, target: Celltype): Rule | undefined {
  if (target === "checksum") return toChecksum;
  if (source === "checksum") return fromChecksum;
  return scalarRules[source]?.[target] ?? arrayRules[source]?.[target];
}

function scalar(source: "bool" | "int" | "float", target: Celltype): Rule {
  return fromBuffer((bytes) => {
    const value = parse(bytes, source);
    return value === null ? undefined : serialize(value, target);
  });
}
