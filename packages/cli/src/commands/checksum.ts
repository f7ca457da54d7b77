import { fstatSync } from "node:fs";
import { Checksum, createSha256, SeamlessError } from "@seamless/checksum";
import { checksumFile, fileError } from "@seamless/checksum/node";
import type { Call, Command } from "../command.ts";
import { eachFile, type FileJob } from "../each-file.ts";
import { checksumLine } from "../sha256sum.ts";

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
  // Node reads a directory as if it were an empty file.
  if (fstatSync(process.stdin.fd).isDirectory()) {
    throw new SeamlessError("NOT_A_FILE", "cannot read standard input: it is a directory");
  }
  const hash = createSha256();
  let bytes = 0;
  const stop = () => process.stdin.destroy();
  signal.addEventListener("abort", stop);
  try {
    for await (const piece of process.stdin as AsyncIterable<Buffer>) {
      hash.update(piece);
      bytes += piece.byteLength;
      onProgress?.(bytes, 0);
    }
  } catch (error) {
    throw fileError(error, "standard input", "read");
  } finally {
    signal.removeEventListener("abort", stop);
  }
  signal.throwIfAborted();
  return new Checksum(hash.digest());
}
