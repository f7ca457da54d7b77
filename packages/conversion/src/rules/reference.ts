import { CELLTYPES, type Celltype, parse, serialize } from "@seamless/celltypes";
import { Checksum, SeamlessError } from "@seamless/checksum";
import { fromBuffer, type Rule, type RuleTable } from "./rule.ts";

/** Anything as a checksum: a buffer that holds its own. */
const TO_CHECKSUM: Rule = { needs: "checksum", apply: (checksum) => serialize(checksum, "checksum") };

/** A checksum as anything: the buffer that it stands for, unseen. */
const FROM_CHECKSUM: Rule = fromBuffer((bytes) => {
  const value = parse(bytes, "checksum");
  if (Checksum.isChecksum(value)) return value;
  const found = value === null ? "null" : Array.isArray(value) ? "a list" : "a dict";
  throw new SeamlessError("INVALID_BUFFER", `${found} is not one checksum`);
});

const others = CELLTYPES.filter((celltype): celltype is Exclude<Celltype, "checksum"> => celltype !== "checksum");

/** From a buffer to its checksum, and from a checksum to what it stands for. */
export const REFERENCE: RuleTable = {
  ...Object.fromEntries(others.map((source) => [source, { checksum: TO_CHECKSUM }])),
  checksum: Object.fromEntries(others.map((target) => [target, FROM_CHECKSUM])),
};
