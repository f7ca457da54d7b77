import { CacheMissError, isSeamlessError } from "@seamless/checksum";
import { showPath } from "@seamless/internal/text";
import type { CollectProgress, GarbageReport } from "@seamless/store/housekeeping";
import { type Kept, readKeepFiles } from "../files/keep-files.ts";
import { drained } from "../files/streams.ts";
import { UsageError } from "../program/arguments.ts";
import type { Call, Subcommand } from "../program/command.ts";
import { amount } from "../program/format.ts";
import { ONE_STORE_HELP, ONE_STORE_OPTIONS, requireMethod, withStoreAt } from "../transfer/store.ts";

/** In seconds. */
const MIN_AGE = 3600;

export const storeGc: Subcommand = {
  operands: "URL",
  details: [
    ONE_STORE_HELP,
    "Finds the buffers that nothing leads to, and with --yes removes them. What --keep names is kept, and every buffer",
    "whose checksum, in 64 hex digits, is in a buffer that is kept: anywhere in an index or other JSON, or in mixed, and in",
    "the first MiB of all else. FILE is an index (X.INDEX, or X), a checksum file (X.CHECKSUM), 64 hex digits, or a list: one",
    "checksum a line. Nothing is removed that was put less than an hour ago, nor what that leads to; and nothing at all",
    "if one of them, or a file of an index, is not in the store, or something that is kept cannot be read.",
  ].join("\n"),
  options: {
    keep: { kind: "list", value: "FILE", does: "what is kept, with all that it leads to; may be repeated" },
    yes: "remove it",
    list: "print the checksum of each buffer that nothing leads to",
    "min-age": {
      kind: "number",
      value: "SECONDS",
      min: 0,
      max: 1e9,
      does: `the least age of what is removed (default ${MIN_AGE}); 0 only where nobody writes`,
    },
    ...ONE_STORE_OPTIONS,
  },
  example: [
    "$ seamless upload --quiet --store store data",
    "40bb5584a5b0f69dea87c0aa97a948a5bb947e3371c583fb0e03173fc5a96c85",
    "$ printf 'old\\n' | seamless put --store store -",
    "01d09d19c2139a46aebfb577780d123d7396e97201bc7ead210a2ebff8239dee",
    "$ seamless store gc store --keep data.INDEX --min-age 0 --yes",
    "/home/me/store: removed 1 buffer, 4 B; kept 2 buffers, 88 B",
  ].join("\n"),

  async run(call) {
    const { console, flags, lists, numbers, signal } = call;
    const given = lists["keep"] ?? [];
    if (given.length === 0) throw new UsageError("--keep FILE is required: without it, everything would be removed");
    const named = await readKeepFiles(given);
    const dryRun = flags["yes"] !== true;
    return withStoreAt(call, call.operands[0]!, !dryRun, async (store) => {
      requireMethod(store, "list");
      requireMethod(store, "delete");
      const { collectGarbage } = await import("@seamless/store/housekeeping");
      const report = await collectGarbage(store, {
        roots: named.roots,
        keep: named.others,
        minAge: (numbers["min-age"] ?? MIN_AGE) * 1000,
        dryRun,
        signal,
        onProgress: showProgress(call),
        async onGarbage({ checksum, stored }) {
          if (!flags["list"]) return;
          console.result(checksum.hex(), { checksum, stored });
          await drained(signal);
        },
      }).catch((error: unknown) => {
        throw withIndexes(error, named);
      });
      for (const error of report.errors) console.report(error, error.checksum?.hex());
      const { kept, young, garbage, removed, failed } = report;
      const json = { store: store.name, kept, young, garbage, removed, failed };
      console.result(`${store.name}: ${summary(report, dryRun)}`, json);
      if (dryRun && garbage.buffers > 0) console.note("nothing was removed: run it again with --yes");
      return failed === 0;
    });
  },
};

/** Says which of the indexes names a buffer that is not there. */
function withIndexes(error: unknown, kept: Kept): unknown {
  if (!isSeamlessError(error, "CACHE_MISS") || error.checksum === undefined) return error;
  const first = error.checksum.hex();
  const files = kept.indexesWith(error.checksum).map(showPath);
  if (files.length === 0) return error;
  const message = `${error.message} (${first.slice(0, 8)}… is a file of ${files.join(", ")}: upload that, or leave the index out)`;
  return new CacheMissError(error.checksum, message, { store: error.store, cause: error });
}

function showProgress({ console }: Call): ((progress: CollectProgress) => void) | undefined {
  const progress = console.progress();
  return progress && ((state) => progress.update({ ...state, totalBytes: 0 }));
}

function summary({ kept, young, garbage, removed, failed }: GarbageReport, dryRun: boolean): string {
  const { buffers, bytes } = dryRun ? garbage : removed;
  const parts = [
    `${dryRun ? "would remove" : "removed"} ${amount(buffers, "buffer", bytes)}`,
    `kept ${amount(kept.buffers, "buffer", kept.bytes)}`,
  ];
  if (young.buffers > 0) parts.push(`${amount(young.buffers, "buffer", young.bytes)} too young`);
  if (failed > 0) parts.push(`${failed} failed`);
  return parts.join("; ");
}
