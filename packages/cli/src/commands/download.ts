import { showPath } from "@seamless/internal/text";
import { COMPRESSION_OPTION, compressionOf } from "../files/compressed.ts";
import { noteUnmatched, SELECTION_OPTIONS, selectionOf } from "../files/selection.ts";
import { UsageError } from "../program/arguments.ts";
import { canAsk } from "../program/ask.ts";
import type { Subcommand } from "../program/command.ts";
import type { OptionTable } from "../program/options.ts";
import { amountToWrite, download as downloadPlanned, planDownload } from "../transfer/download-job.ts";
import { contentOf, downloadJobs } from "../transfer/download-jobs.ts";
import { MAX_ENTRIES } from "../transfer/download-plan.ts";
import { limitOptions, limitsOf } from "../transfer/limits.ts";
import { LINK_HELP, LINK_OPTION, linkingOf } from "../transfer/links.ts";
import { RATE_OPTION } from "../transfer/rate.ts";
import { STORE_OPTIONS, withStore } from "../transfer/store.ts";
import { PARALLEL_OPTION, planAndDo } from "../transfer/transfers.ts";
import { checkDeletionAllowed } from "../transfer/unlisted.ts";

const { exclude, include } = SELECTION_OPTIONS;
const PART_OPTIONS: OptionTable = { exclude: exclude!, include: include! };

export const download: Subcommand = {
  operands: "INDEX|CHECKSUM [PATH]…",
  details: [
    "INDEX is the path of an index, DIR.INDEX. CHECKSUM is that of a directory whose index is in the store: 64 hex digits,",
    "or the path of DIR.CHECKSUM. DIR alone stands for DIR.INDEX if that exists, else for DIR.CHECKSUM. Makes DIR, or the",
    "directory that --output names, and prints its path. FILE.CHECKSUM of a file makes FILE. Files that already exist and",
    "are right are kept, so that it can be run again after a failure; one that differs is an error. Files in DIR that the",
    "index does not list are reported, and the exit status is then 1, since the checksum of DIR differs. Links are not",
    "followed. Temporary files left by an interrupted download of the same files are removed; those that another one may be",
    "writing stay, for an hour at most, and count as not listed. Behind an index or a checksum, a file or folder in it may be",
    "named, or several, also as DIR.INDEX/sub/file: only that is made, and other files are not looked at. Globs are compared",
    "with the paths in the index.",
    ...LINK_HELP,
  ].join("\n"),
  options: {
    output: { kind: "text", value: "DIR", short: "o", does: "the directory to make" },
    ...PARALLEL_OPTION,
    ...RATE_OPTION,
    ...PART_OPTIONS,
    ...COMPRESSION_OPTION,
    ...LINK_OPTION,
    force: "replace files that differ, and links in their place",
    delete: "delete files in DIR that the index does not list, once all others are right; asks first",
    ...limitOptions("download", "do not ask, neither for that nor before deleting"),
    "dry-run": "print what would be written and deleted; do neither",
    "max-entries": {
      kind: "number",
      value: "N",
      min: 1,
      max: 100_000_000,
      does: `how many files an index may list (default ${MAX_ENTRIES})`,
    },
    ...STORE_OPTIONS,
  },
  example: [
    "$ export SEAMLESS_STORE=store",
    "$ seamless upload --quiet data",
    "40bb5584a5b0f69dea87c0aa97a948a5bb947e3371c583fb0e03173fc5a96c85",
    "$ seamless download --quiet data.INDEX --output copy",
    "copy",
  ].join("\n"),

  async run(call) {
    const { operands, texts, flags, signal } = call;
    if (flags["delete"] && !flags["yes"] && !flags["dry-run"] && !canAsk()) {
      throw new UsageError(
        "--delete asks for confirmation, and there is no terminal: use --yes, or look first with --dry-run",
      );
    }
    const limits = limitsOf(call, "download");
    if (texts["link"] !== undefined && texts["compression"] !== undefined) {
      throw new UsageError("--link is not for use with --compression: files are linked as they are");
    }
    const compression = await compressionOf(call);
    const selection = await selectionOf(call);
    const jobs = await downloadJobs(operands, texts["output"]);
    if (flags["delete"]) {
      const isPart = selection !== undefined || jobs.some(({ paths }) => paths.length > 0);
      if (isPart) throw new UsageError("--delete is for whole directories, not for a part of one");
      for (const { target } of jobs) await checkDeletionAllowed(target);
    }
    const reading = { maxEntries: call.numbers["max-entries"] ?? MAX_ENTRIES, signal };
    return withStore(call, false, async (store) => {
      const linking = linkingOf(call, store);
      const ok = await planAndDo(call, jobs, {
        nameOf: ({ operand }) => operand.given,
        async plan(job) {
          const content = await contentOf(store, job, selection, reading);
          if (flags["delete"] && content.kind === "file") {
            const what = `${showPath(job.operand.given)} is the checksum of a file`;
            throw new UsageError(`--delete is for directories, but ${what}`);
          }
          return planDownload(call, store, job, content, compression);
        },
        async allows(plans) {
          noteUnmatched(call, selection);
          return !limits.limited || limits.allows(amountToWrite(plans));
        },
        work: (plan) => downloadPlanned(call, store, plan, linking),
      });
      linking?.tell();
      return ok;
    });
  },
};
