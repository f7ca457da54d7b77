import type { Checksum } from "@seamless/checksum";
import { inBatches } from "../batches.ts";
import { checksumOperand, readChecksum } from "../checksum-operand.ts";
import type { Call, Subcommand } from "../command.ts";
import { STORE_OPTIONS, withStore } from "../store.ts";

export const has: Subcommand = {
  operands: "CHECKSUM…",
  details: [
    "CHECKSUM is 64 hex digits, or the path of a .CHECKSUM file. Prints a line for each, in the order asked, and fails if",
    "one is missing.",
  ].join("\n"),
  options: STORE_OPTIONS,
  example: [
    "$ export SEAMLESS_STORE=store",
    "$ printf 'hello\\n' | seamless put -",
    "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    "$ seamless has 5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  present",
  ].join("\n"),

  async run(call) {
    const { console, signal } = call;
    const checksums = await readAll(call);
    const known = checksums.filter((checksum) => checksum !== undefined);
    const found = await withStore(call, false, (store) => inBatches(known, (batch) => store.has(batch, { signal })));
    for (const [i, checksum] of known.entries()) {
      const present = found[i] === true;
      console.result(`${checksum.hex()}  ${present ? "present" : "missing"}`, { checksum, present });
    }
    return known.length === checksums.length && found.every((present) => present);
  },
};

/** All are looked at first: a wrong one among them must not cost a round trip. One that cannot be read is reported. */
async function readAll({ operands, console }: Call): Promise<readonly (Checksum | undefined)[]> {
  const checksums: (Checksum | undefined)[] = [];
  for (const [i, operand] of operands.map(checksumOperand).entries()) {
    try {
      checksums.push(await readChecksum(operand));
    } catch (error) {
      console.report(error, operands[i]);
      checksums.push(undefined);
    }
  }
  return checksums;
}
