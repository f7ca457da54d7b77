import { drained } from "../files/streams.ts";
import type { Subcommand } from "../program/command.ts";
import { ONE_STORE_HELP, ONE_STORE_OPTIONS, requireMethod, withStoreAt } from "../transfer/store.ts";

export const storeLs: Subcommand = {
  operands: "URL",
  details: [
    ONE_STORE_HELP,
    "Prints a line for each buffer: its checksum, and its length in bytes, or '?' where it would have to be decoded to know.",
    "They come in no particular order, and by their names: store verify hashes them.",
  ].join("\n"),
  options: ONE_STORE_OPTIONS,
  example: [
    "$ printf 'hello\\n' | seamless put --store store -",
    "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    "$ seamless store ls store",
    "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  6",
  ].join("\n"),

  async run(call) {
    const { console, signal } = call;
    return withStoreAt(call, call.operands[0]!, false, async (store) => {
      requireMethod(store, "list");
      for await (const buffer of store.list?.({ signal }) ?? []) {
        console.result(`${buffer.checksum.hex()}  ${buffer.length ?? "?"}`, buffer);
        await drained(signal);
      }
      return true;
    });
  },
};
