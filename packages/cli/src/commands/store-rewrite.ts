import type { DirectoryStore, RewriteOptions, RewriteReport } from "@seamless/remote/directory";
import type { Coding } from "@seamless/store";
import { UsageError } from "../program/arguments.ts";
import type { Call, Subcommand } from "../program/command.ts";
import { amount, formatBytes } from "../program/format.ts";
import type { OptionTable } from "../program/options.ts";
import { asFolder, LAYOUT_OPTION, withStoreAt } from "../transfer/store.ts";

const OPTIONS: OptionTable = {
  "dry-run": "print what would become of it; change nothing",
  ...LAYOUT_OPTION,
};

/** The highest level of each. */
const HARDEST: Readonly<Record<Coding, number>> = { zstd: 19, gzip: 9 };

/** Lines of the help of both. */
const HELP = [
  "At every moment each buffer can be read, by others too: its new file is written and verified before the old one is",
  "removed. Run it again after a failure. What is corrupt is reported, and left; so are links, and what another program",
  "has locked. To store gc, what was rewritten is as young as if it had been put now.",
] as const;

export const storeCompress: Subcommand = {
  operands: "FOLDER",
  details: [
    "Compresses the buffers of a folder in place, where that makes their first 64 KiB a tenth smaller. What is compressed",
    "already, in any way, stays so. Seamless hashservers, in Python too, read it as before.",
    ...HELP,
    "Buffers that have hard links elsewhere are left as well, as --link hard makes them; but nobody can tell which have",
    "symbolic links: those of --link sym lead nowhere once their buffers are compressed.",
  ].join("\n"),
  options: {
    coding: { kind: "choice", value: "CODING", choices: ["zstd", "gzip"], does: "zstd (the default) or gzip" },
    level: {
      kind: "number",
      value: "N",
      min: 1,
      max: HARDEST.zstd,
      does: "how hard: 1 to 19 for zstd (3), 1 to 9 for gzip (6)",
    },
    ...OPTIONS,
  },
  example: [
    "$ yes | head -c 1000 | seamless put --store store -",
    "ce4e3b72cc97a7544609014c161da52a72c3a22a34a1782b096c9de31af41e70",
    "$ seamless store compress store --coding gzip",
    "/home/me/store: compressed 1 buffer, 1.00 kB to 30 B; 0 left as they were",
  ].join("\n"),

  async run(call) {
    const coding = call.texts["coding"] as Coding | undefined;
    const { level } = call.numbers;
    const most = HARDEST[coding ?? "zstd"];
    if (level !== undefined && level > most) {
      throw new UsageError(`--level takes a whole number from 1 to ${most} with --coding ${coding}`);
    }
    return rewrite(call, "compress", (store, options) => store.compress({ ...options, coding, level }));
  },
};

export const storeDecompress: Subcommand = {
  operands: "FOLDER",
  details: ["Makes the compressed buffers of a folder plain files again, in place.", ...HELP].join("\n"),
  options: OPTIONS,
  example: [
    "$ yes | head -c 1000 | seamless put --store store -",
    "ce4e3b72cc97a7544609014c161da52a72c3a22a34a1782b096c9de31af41e70",
    "$ seamless store compress --quiet --coding gzip store",
    "/home/me/store: compressed 1 buffer, 1.00 kB to 30 B; 0 left as they were",
    "$ seamless store decompress store",
    "/home/me/store: decompressed 1 buffer, 30 B to 1.00 kB; 0 left as they were",
  ].join("\n"),

  run: (call) => rewrite(call, "decompress", (store, options) => store.decompress(options)),
};

/** Rewrites a folder, and prints what came of it. @returns whether nothing failed. */
async function rewrite(
  call: Call,
  does: "compress" | "decompress",
  work: (store: DirectoryStore, options: RewriteOptions) => Promise<RewriteReport>,
): Promise<boolean> {
  const { console, flags, signal } = call;
  const dryRun = flags["dry-run"] === true;
  return withStoreAt(call, call.operands[0]!, !dryRun, async (store) => {
    const folder = asFolder(store, `is no folder: ${does} that which it serves, where that is`);
    const progress = console.progress();
    const report = await work(folder, {
      dryRun,
      signal,
      onProgress: progress && ((state) => progress.update({ ...state, totalBytes: 0 })),
      onError: (error) => console.report(error, error.checksum?.hex()),
    });
    const { rewritten, before, after, left, locked, failed } = report;
    const json = { store: store.name, [`${does}ed`]: rewritten, before, after, left, locked, failed };
    console.result(`${store.name}: ${summary(report, dryRun ? `would ${does}` : `${does}ed`)}`, json);
    return failed === 0;
  });
}

function summary({ rewritten, before, after, left, locked, failed }: RewriteReport, did: string): string {
  const parts = [`${did} ${amount(rewritten, "buffer", before)} to ${formatBytes(after)}`, `${left} left as they were`];
  if (locked > 0) parts.push(`${locked} locked`);
  if (failed > 0) parts.push(`${failed} failed`);
  return parts.join("; ");
}
