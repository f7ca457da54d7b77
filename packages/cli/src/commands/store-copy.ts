import type { Checksum } from "@seamless/checksum";
import { readOperandIndex } from "../files/index-operands.ts";
import { chain } from "../files/keep-files.ts";
import { OPERAND_HELP, type Operand, operandChecksum, resolveOperands } from "../files/operands.ts";
import type { Subcommand } from "../program/command.ts";
import { COPY_HELP, COPY_OPTIONS, copyBetween } from "../transfer/copying.ts";

export const storeCopy: Subcommand = {
  operands: "FROM TO CHECKSUM|INDEX…",
  details: [
    "FROM and TO are folders, or URLs of other stores. Copies the buffers named, and of an index (the file DIR.INDEX)",
    "all its files, and then the index. CHECKSUM is",
    `${OPERAND_HELP[0]}`,
    OPERAND_HELP[1],
    ...COPY_HELP,
  ].join("\n"),
  options: COPY_OPTIONS,
  example: [
    "$ seamless upload --quiet --store store data",
    "40bb5584a5b0f69dea87c0aa97a948a5bb947e3371c583fb0e03173fc5a96c85",
    "$ seamless store copy store other data.INDEX",
    "/home/me/other: copied 2 buffers, 88 B; 0 were there",
  ].join("\n"),

  async run(call) {
    const operands = await resolveOperands(call.operands.slice(2));
    // All are read before anything is copied.
    const files: Iterable<Checksum>[] = [];
    const indexes: Checksum[] = [];
    for (const operand of operands) {
      const { entries, checksum } = await readNamed(operand);
      if (entries !== undefined) files.push(entries.values());
      indexes.push(checksum);
    }
    return copyBetween(call, async (from, to, options, { copyBuffers }) => {
      const first = await copyBuffers(from, to, chain(files), options);
      // Where a store has an index, it has all files of it.
      if (first.failed > 0) return first;
      const second = await copyBuffers(from, to, indexes, options);
      return {
        copied: first.copied + second.copied,
        bytes: first.bytes + second.bytes,
        present: first.present + second.present,
        failed: second.failed,
        errors: second.errors,
      };
    });
  },
};

async function readNamed(operand: Operand) {
  if (operand.kind === "index") return readOperandIndex(operand.file);
  return { entries: undefined, checksum: await operandChecksum(operand) };
}
