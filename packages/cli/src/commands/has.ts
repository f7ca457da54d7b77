import type { Checksum } from "@seamless/checksum";
import type { Store } from "@seamless/store";
import { OPERAND_HELP, operandChecksum, resolveOperands } from "../files/operands.ts";
import type { Call, Subcommand } from "../program/command.ts";
import { STORE_OPTIONS, withStore } from "../transfer/store.ts";
import { mapBatches } from "../transfer/transfers.ts";
import type { ClaimedBuffer } from "../transfer/verify-buffers.ts";

export const has: Subcommand = {
  operands: "CHECKSUM…",
  details: [
    `CHECKSUM is ${OPERAND_HELP[0]}`,
    OPERAND_HELP[1],
    "Prints a line for each, in the order given, and fails if one is missing.",
  ].join("\n"),
  options: {
    verify: "also hash what the store has, and fail for a copy that is corrupt or unreadable",
    ...STORE_OPTIONS,
  },
  example: [
    "$ export SEAMLESS_STORE=store",
    "$ printf 'hello\\n' | seamless put -",
    "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    "$ seamless has 5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  present",
  ].join("\n"),

  async run(call) {
    const { console } = call;
    const checksums = await readChecksums(call);
    const known = checksums.filter((checksum) => checksum !== undefined);
    const states = await withStore(call, false, (store) => statesOf(call, store, known));
    for (const [i, checksum] of known.entries()) {
      const state = states[i]!;
      // A corrupt copy exists, but is not the buffer.
      const json = state === "present" || state === "missing" ? {} : { state };
      console.result(`${checksum.hex()}  ${state}`, { checksum, present: state === "present", ...json });
    }
    return known.length === checksums.length && states.every((state) => state === "present");
  },
};

/** The state of each buffer, as it is printed. */
async function statesOf(call: Call, store: Store, checksums: readonly Checksum[]): Promise<readonly string[]> {
  const { signal } = call;
  if (!call.flags["verify"]) {
    const found = await mapBatches(checksums, (batch) => store.has(batch, { signal }));
    return found.map((present) => (present ? "present" : "missing"));
  }
  const { verifyByFetching, verifyInStore } = await import("../transfer/verify-buffers.ts");
  const verdicts = [...(await verifyInStore(call, store, checksums))];
  const unknown = [...verdicts.keys()].filter((i) => verdicts[i] === "unknown");
  const lengths = await mapBatches(unknown, (batch) =>
    store.lengths(
      batch.map((i) => checksums[i]!),
      { signal },
    ),
  );
  const claims: (ClaimedBuffer & { readonly at: number })[] = [];
  for (const [n, at] of unknown.entries()) {
    const length = lengths[n];
    if (length === undefined) verdicts[at] = "missing";
    else claims.push({ at, checksum: checksums[at]!, length });
  }
  const fetched = await verifyByFetching(call, store, claims);
  for (const [n, { at }] of claims.entries()) verdicts[at] = fetched[n]!;
  return verdicts.map((verdict) => (verdict === "ok" ? "present" : verdict));
}

/** Reads the checksums of all operands before the store is asked. Reports those that cannot be read. */
async function readChecksums({ operands, console }: Call): Promise<readonly (Checksum | undefined)[]> {
  const checksums: (Checksum | undefined)[] = [];
  for (const operand of await resolveOperands(operands)) {
    try {
      checksums.push(await operandChecksum(operand));
    } catch (error) {
      console.report(error, operand.given);
      checksums.push(undefined);
    }
  }
  return checksums;
}
