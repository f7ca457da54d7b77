import type { Celltype } from "@seamless/celltypes";
import type { Subcommand } from "../program/command.ts";
import { STORE_OPTIONS, withLazyStore } from "../transfer/store.ts";
import { CELLTYPE_HELP, celltypeOption } from "../values/celltypes.ts";
import { openSource, SOURCE_HELP } from "../values/source.ts";
import { printValue } from "./cat.ts";

export const resolve: Subcommand = {
  operands: "X",
  details: [
    ...SOURCE_HELP,
    "Its value is printed whole, as text unless another celltype is given.",
    CELLTYPE_HELP,
  ].join("\n"),
  options: {
    ...celltypeOption("as", "read it as this, and print the value (default text)"),
    ...STORE_OPTIONS,
  },
  example: [
    "$ export SEAMLESS_STORE=store",
    "$ printf 'hello\\n' | seamless put -",
    "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    "$ seamless resolve 5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    "hello",
  ].join("\n"),

  async run(call) {
    return withLazyStore(call, false, async (store) => {
      const source = await openSource(call.operands[0]!, store, call.signal);
      await printValue(call, source, { celltype: (call.texts["as"] ?? "text") as Celltype, full: true });
      return true;
    });
  },
};
