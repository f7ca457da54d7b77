import type { Subcommand } from "../program/command.ts";
import { amount } from "../program/format.ts";
import { ONE_STORE_HELP, ONE_STORE_OPTIONS, requireMethod, withStoreAt } from "../transfer/store.ts";

export const storeDu: Subcommand = {
  operands: "URL",
  details: [ONE_STORE_HELP, "Prints how many buffers it has, and how much they take there, compressed or not."].join(
    "\n",
  ),
  options: ONE_STORE_OPTIONS,
  example: [
    "$ printf 'hello\\n' | seamless put --store store -",
    "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    "$ seamless store du store",
    "/home/me/store: 1 buffer, 6 B",
  ].join("\n"),

  async run(call) {
    return withStoreAt(call, call.operands[0]!, false, async (store) => {
      requireMethod(store, "list");
      const { storeUsage } = await import("@seamless/store/housekeeping");
      const { buffers, bytes } = await storeUsage(store, { signal: call.signal });
      const line = `${store.name}: ${amount(buffers, "buffer", bytes)}`;
      call.console.result(line, { store: store.name, buffers, bytes });
      return true;
    });
  },
};
