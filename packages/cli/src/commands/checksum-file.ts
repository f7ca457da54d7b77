import { checksumFile as checksumOf, writeAtomic } from "@seamless/checksum/node";
import type { Command } from "../command.ts";
import { eachFile } from "../each-file.ts";
import { escapeName } from "../sha256sum.ts";
import { UsageError } from "../usage.ts";
import { refuseUnwritable } from "../writable.ts";

export const checksumFile: Command = {
  name: "seamless-checksum-file",
  operands: "FILE…",
  summary: "Write the SHA-256 checksum of each file beside it, to FILE.CHECKSUM.",
  details: [
    "The checksum of X.INDEX goes to X.CHECKSUM: it is that of the directory X.",
    "Each file is written whole or not at all, and replaces an older one.",
  ].join("\n"),
  options: { "dry-run": "write nothing" },
  example: ["$ seamless-checksum-file data.csv", "seamless-checksum-file: wrote data.csv.CHECKSUM"].join("\n"),

  async run(call) {
    if (call.operands.includes("-")) throw new UsageError("standard input has no name to write a checksum beside");
    const dryRun = call.flags["dry-run"] === true;
    return eachFile(call, async (job) => {
      const file = checksumPath(job.path);
      if (!dryRun) await refuseUnwritable(file);
      const checksum = (await checksumOf(job.path, job)).hex();
      if (!dryRun) await writeAtomic(file, `${checksum}\n`, { signal: job.signal });
      if (call.flags["json"]) call.console.print(JSON.stringify({ path: job.path, checksum, file, written: !dryRun }));
      else call.console.note(`${dryRun ? "would write" : "wrote"} ${escapeName(file)}`);
    });
  },
};

function checksumPath(path: string): string {
  return `${path.endsWith(".INDEX") ? path.slice(0, -".INDEX".length) : path}.CHECKSUM`;
}
