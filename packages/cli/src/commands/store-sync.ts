import type { Subcommand } from "../program/command.ts";
import { COPY_HELP, COPY_OPTIONS, copyBetween } from "../transfer/copying.ts";

export const storeSync: Subcommand = {
  operands: "FROM TO",
  details: [
    "FROM and TO are folders, or URLs of other stores. Copies all that FROM has; nothing is removed from TO. A hashserver",
    "lists what it has only with a token and --allow-delete.",
    ...COPY_HELP,
  ].join("\n"),
  options: COPY_OPTIONS,
  example: [
    "$ printf 'hello\\n' | seamless put --store store -",
    "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    "$ seamless store sync store other",
    "/home/me/other: copied 1 buffer, 6 B; 0 were there",
  ].join("\n"),

  run: (call) => copyBetween(call, (from, to, options, { syncStores }) => syncStores(from, to, options)),
};
