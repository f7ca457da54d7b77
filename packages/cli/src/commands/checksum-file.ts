import { checksumFile as checksumOf, writeAtomic } from "@seamless/checksum/node";
import { DECOMPRESS_OPTION, decompressionOf } from "../files/compressed.ts";
import { checkDistinctTargets, checksumPathOf, eachFile } from "../files/operands.ts";
import { checkWritable, leftoversOf, removeLeftovers } from "../files/output-files.ts";
import { UsageError } from "../program/arguments.ts";
import type { Command } from "../program/command.ts";
import { printable } from "../program/format.ts";

export const checksumFile: Command = {
  name: "seamless-checksum-file",
  operands: "FILE…",
  summary: "Write the SHA-256 checksum of each file beside it, to FILE.CHECKSUM.",
  details: [
    "The checksum of X.INDEX goes to X.CHECKSUM: it is that of the directory X.",
    "Each file is written whole or not at all, and replaces an existing one.",
  ].join("\n"),
  options: { "dry-run": "write nothing", ...DECOMPRESS_OPTION },
  example: ["$ seamless-checksum-file data.csv", "seamless-checksum-file: wrote data.csv.CHECKSUM"].join("\n"),

  async run(call) {
    if (call.operands.includes("-")) throw new UsageError("standard input has no name to write a checksum file beside");
    const decompression = await decompressionOf(call);
    const checksumPath = (path: string) => checksumPathOf(decompression.of(path)?.name ?? path);
    checkDistinctTargets(call.operands, checksumPath);
    decompression.count(call.operands);
    decompression.note();
    const dryRun = call.flags["dry-run"] === true;
    const leftovers = dryRun ? [] : await leftoversOf(call.operands.map(checksumPath));
    const ok = await eachFile(call, async (job) => {
      const file = checksumPath(job.path);
      if (!dryRun) await checkWritable(file);
      const checksum = (await checksumOf(job.path, { ...job, decode: decompression.of(job.path)?.decode })).hex();
      if (!dryRun) await writeAtomic(file, `${checksum}\n`, { signal: job.signal });
      if (call.flags["json"]) call.console.print(JSON.stringify({ path: job.path, checksum, file, written: !dryRun }));
      else call.console.note(`${dryRun ? "would write" : "wrote"} ${printable(file)}`);
    });
    await removeLeftovers(call.console, leftovers);
    return ok;
  },
};
