import { Checksum, createSha256 } from "@seamless/checksum";
import { checksumFile } from "@seamless/checksum/node";
import { eachFile, type FileJob } from "../files/operands.ts";
import { readStandardInput } from "../files/streams.ts";
import type { Call, Command } from "../program/command.ts";
import { checksumLine } from "../program/format.ts";

export const checksum: Command = {
  name: "seamless-checksum",
  operands: "FILE…",
  summary: "Print the SHA-256 checksum of files.",
  details: [
    "One file prints just its checksum; several print lines that 'sha256sum -c' accepts.",
    "'-' is standard input.",
  ].join("\n"),
  options: {},
  example: [
    "$ printf 'hello\\n' | seamless-checksum -",
    "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
  ].join("\n"),

  async run(call) {
    const alone = call.operands.length === 1;
    return eachFile(call, async (job) => {
      const hex = (await (job.path === "-" ? checksumInput(call, job) : checksumFile(job.path, job))).hex();
      call.console.result(alone ? hex : checksumLine(hex, job.path), { path: job.path, checksum: hex });
    });
  },
};

async function checksumInput({ signal }: Call, { onProgress }: FileJob): Promise<Checksum> {
  const hash = createSha256();
  let bytes = 0;
  for await (const chunk of readStandardInput(signal)) {
    hash.update(chunk);
    bytes += chunk.byteLength;
    onProgress?.({ bytes });
  }
  return new Checksum(hash.digest());
}
