import { isSeamlessError, SeamlessError } from "@seamless/checksum";
import {
  type DirectoryVerdict,
  type IndexPaths,
  indexDirectory,
  verifyDirectory,
  writeIndex,
} from "@seamless/checksum/node";
import { indexPathsOf } from "../files/index-operands.ts";
import { INDEXING_OPTIONS, type Indexing, indexingOf, leftOutSuffix } from "../files/indexing.ts";
import { bareName, INDEX } from "../files/operands.ts";
import { checkWritable, leftoversOf, removeLeftovers } from "../files/output-files.ts";
import { SELECTION_HELP } from "../files/selection.ts";
import type { Call, Command } from "../program/command.ts";
import { amount, checksumLine, listed, plural, printable } from "../program/format.ts";

export const checksumIndex: Command = {
  name: "seamless-checksum-index",
  operands: "DIR…",
  summary: "Index directories: write DIR.INDEX and DIR.CHECKSUM beside each, and print its checksum.",
  details: [
    "DIR.INDEX lists the checksum of every file in DIR; the checksum of DIR is that of DIR.INDEX.",
    "Hidden files are included, a link to a file counts as that file, links to directories are not followed.",
    "Several directories print lines that 'sha256sum -c' accepts.",
    SELECTION_HELP,
  ].join("\n"),
  options: {
    verify: "compare DIR with DIR.INDEX, and that with DIR.CHECKSUM; write nothing",
    "dry-run": "print the checksum; write nothing",
    ...INDEXING_OPTIONS,
  },
  example: [
    "$ seamless-checksum-index data",
    "40bb5584a5b0f69dea87c0aa97a948a5bb947e3371c583fb0e03173fc5a96c85",
    "$ seamless-checksum-index --verify data",
    "data: OK, 1 file",
  ].join("\n"),

  async run(call) {
    // All operands are checked before any work is done.
    const targets = call.operands.map((operand) => ({ operand, paths: indexPathsOf(operand) }));
    const indexing = await indexingOf(call);
    const work = call.flags["verify"] ? verify : index;
    let ok = true;
    for (const { operand, paths } of targets) {
      try {
        ok = (await work(call, operand, paths, indexing)) && ok;
      } catch (error) {
        call.signal.throwIfAborted();
        call.console.report(inWordsOf(call, error), operand);
        ok = false;
      }
    }
    indexing.finish();
    return ok;
  },
};

/** The library advises to run this command by the name of its program. */
function inWordsOf({ console }: Call, error: unknown): unknown {
  if (!isSeamlessError(error, "NOT_FOUND")) return error;
  const message = error.message.replace(/(?<=: run )seamless-checksum-index(?= )/, console.name);
  return new SeamlessError(error.code, message, { file: error.file, cause: error });
}

async function index(call: Call, operand: string, paths: IndexPaths, indexing: Indexing): Promise<boolean> {
  const { console, flags, signal } = call;
  const written = flags["dry-run"] !== true;
  if (written) await checkWritable(paths.index);
  const leftovers = written ? await leftoversOf([paths.index, paths.checksum]) : [];
  const options = await indexing.optionsFor(paths.directory);
  const found = await indexDirectory(paths.directory, options);
  indexing.checkNotEmpty(operand, found);
  const { checksum, bytes } = found;
  const told = await indexing.tell(options, found);
  if (written) await writeIndex(paths.index, found, { signal });
  const hex = checksum.hex();
  console.result(call.operands.length === 1 ? hex : checksumLine(hex, paths.index), {
    path: operand,
    checksum: hex,
    index: paths.index,
    files: found.files,
    bytes,
    ...told,
    written,
  });
  const leftOut = leftOutSuffix(found);
  if (leftOut !== "") console.note(`${printable(operand)}: ${amount(found.files, "file", bytes)}${leftOut}`);
  await removeLeftovers(console, leftovers);
  return true;
}

async function verify(call: Call, operand: string, paths: IndexPaths, indexing: Indexing): Promise<boolean> {
  const { console } = call;
  const options = await indexing.optionsFor(paths.directory);
  const { skipped, leftOut, memory, paths: files, ...verdict } = await verifyDirectory(paths.directory, options);
  const told = await indexing.tell(options, { skipped, leftOut, memory, paths: files });
  if (call.flags["json"]) {
    console.print(JSON.stringify({ path: operand, ...verdict, ...told }));
    return verdict.ok;
  }
  for (const change of ["added", "removed", "changed"] as const) {
    for (const file of verdict[change]) console.print(`${change.padEnd(7)}  ${listed(file)}`);
  }
  for (const sign of verdict.interrupted) console.print(listed(sign));
  const { added, removed, changed, ok } = verdict;
  const differs = added.length + removed.length + changed.length > 0;
  if (!verdict.canonical) {
    const lists = differs ? "" : "lists the right files, but ";
    console.print(`${listed(`${bareName(operand)}${INDEX}`)} ${lists}is not in canonical form`);
  }
  const outcome = differs
    ? `${added.length} added, ${removed.length} removed, ${changed.length} changed`
    : ok
      ? `OK, ${plural(files.length, "file")}`
      : `the files are as indexed, ${indexFault(verdict)}; index it again`;
  console.print(`${listed(operand)}: ${outcome}${leftOutSuffix({ leftOut })}`);
  return ok;
}

/** What is wrong although no file differs. */
function indexFault({
  canonical,
  checksum,
  recorded,
}: Pick<DirectoryVerdict, "canonical" | "checksum" | "recorded">): string {
  const inOrder = canonical && checksum.equals(recorded);
  return inOrder ? "and only temporary files were left behind" : "but the index is not in order";
}
