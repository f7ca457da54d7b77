import { OPERAND_HELP, operandChecksum, resolveOperands } from "../files/operands.ts";
import type { Subcommand } from "../program/command.ts";
import { ONE_STORE_HELP, ONE_STORE_OPTIONS, requireMethod, requireThere, withStoreAt } from "../transfer/store.ts";

export const storeRm: Subcommand = {
  operands: "URL CHECKSUM…",
  details: [
    ONE_STORE_HELP,
    `CHECKSUM is ${OPERAND_HELP[0]}`,
    OPERAND_HELP[1],
    "Removes these buffers, of an index only itself, in all forms that the store has of them. Prints a line for each, and",
    "fails if one was not there. What nothing leads to any more is removed by store gc.",
  ].join("\n"),
  options: ONE_STORE_OPTIONS,
  example: [
    "$ printf 'hello\\n' | seamless put --store store -",
    "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    "$ seamless store rm store 5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  removed",
  ].join("\n"),

  async run(call) {
    const { console, signal } = call;
    const [url = "", ...given] = call.operands;
    const operands = await resolveOperands(given);
    return withStoreAt(call, url, true, async (store) => {
      requireMethod(store, "delete");
      await requireThere(store);
      let ok = true;
      for (const operand of operands) {
        signal.throwIfAborted();
        try {
          const checksum = await operandChecksum(operand);
          const removed = (await store.delete?.(checksum, { signal })) === true;
          console.result(`${checksum.hex()}  ${removed ? "removed" : "missing"}`, { checksum, removed });
          ok = removed && ok;
        } catch (error) {
          signal.throwIfAborted();
          console.report(error, operand.given);
          ok = false;
        }
      }
      return ok;
    });
  },
};
