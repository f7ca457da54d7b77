import type { VerifyReport } from "@seamless/remote/directory";
import type { Call, Subcommand } from "../program/command.ts";
import { errorJson } from "../program/console.ts";
import { amount, listed } from "../program/format.ts";
import { asFolder, LAYOUT_OPTION, withStoreAt } from "../transfer/store.ts";

export const storeVerify: Subcommand = {
  operands: "URL",
  details: [
    "URL is a folder (a path or a file: URL). Prints a line for each file that is corrupt (the checksum of its bytes is",
    "not its name), unreadable, locked by another tool, misplaced, left behind by a killed writer, or still being written.",
    "Fails if one is corrupt or unreadable. Of a hashserver, verify the folder that it serves, where that is.",
  ].join("\n"),
  options: {
    ...LAYOUT_OPTION,
    quarantine: "move corrupt and unreadable files to .quarantine, unless locked or less than an hour old",
  },
  example: [
    "$ printf 'hello\\n' | seamless put --store store -",
    "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    "$ seamless store verify store",
    "/home/me/store: OK, 1 buffer, 6 B",
  ].join("\n"),

  async run(call) {
    const url = call.operands[0]!;
    const quarantine = call.flags["quarantine"] === true;
    const { folder, report } = await withStoreAt(call, url, quarantine, async (store) => {
      const progress = call.console.progress();
      const onProgress = progress && ((state: Parameters<typeof progress.update>[0]) => progress.update(state));
      const folder = asFolder(store, NO_FOLDER);
      return { folder, report: await folder.verify({ quarantine, signal: call.signal, onProgress }) };
    });
    if (call.flags["json"]) {
      const corrupt = report.corrupt.map(({ error, ...file }) => ({ ...file, error: error && errorJson(error) }));
      const unreadable = report.unreadable.map(errorJson);
      call.console.print(JSON.stringify({ path: url, store: folder.path, ...report, corrupt, unreadable }));
    } else {
      printReport(call, folder.name, report);
    }
    return report.ok;
  },
};

const NO_FOLDER = "is no folder: of a hashserver, verify the folder that it serves, where that is";

function printReport({ console }: Call, name: string, report: VerifyReport): void {
  const lines: [kind: string, text: string][] = [
    ...corruptFiles(report).map((file): [string, string] => ["corrupt", listed(file.file) + fate(file)]),
    ...report.unreadable.map((error): [string, string] => ["unreadable", error.message + fateOf(report, error)]),
    ...(["locked", "misplaced"] as const).flatMap((kind) =>
      report[kind].map((file): [string, string] => [kind, listed(file)]),
    ),
    ...report.leftovers.map((file): [string, string] => ["leftover", listed(file)]),
    ...report.unfinished.map((file): [string, string] => ["unfinished", `${listed(file)} (less than an hour old)`]),
  ];
  const width = Math.max(...lines.map(([kind]) => kind.length)) + 2;
  for (const [kind, text] of lines) console.print(kind.padEnd(width) + text);
  console.print(`${name}: ${summary(report)}`);
}

/** Corrupt files, without those that could not be read. */
function corruptFiles({ corrupt }: VerifyReport): VerifyReport["corrupt"] {
  return corrupt.filter(({ error }) => error === undefined);
}

function fateOf({ corrupt }: VerifyReport, error: VerifyReport["unreadable"][number]): string {
  const moved = corrupt.find((file) => file.error === error);
  return moved === undefined ? "" : fate(moved);
}

function fate({ quarantined, spared }: VerifyReport["corrupt"][number]): string {
  if (quarantined !== undefined) return ` (now ${listed(quarantined)})`;
  return spared === undefined ? "" : ` (not moved: ${REASONS[spared]})`;
}

const REASONS = { locked: "another tool has locked it", young: "it is less than an hour old" } as const;

function summary(report: VerifyReport): string {
  const { ok, buffers, bytes, unreadable, locked, misplaced } = report;
  const right = amount(buffers, "buffer", bytes);
  const corrupt = corruptFiles(report).length;
  const faults = `${corrupt} corrupt, ${unreadable.length} unreadable; of the others ${right} are right`;
  const unchecked = locked.length + misplaced.length;
  return (ok ? `OK, ${right}` : faults) + (unchecked === 0 ? "" : `; ${unchecked} not checked`);
}
