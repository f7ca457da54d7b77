import { resolve } from "node:path";
import { type Checksum, SeamlessError } from "@seamless/checksum";
import { showPath } from "@seamless/checksum/node";
import { inBatches } from "../batches.ts";
import type { Call, Subcommand } from "../command.ts";
import { indexOperand, readWanted, targetOf, type WantedDirectory } from "../download/index-source.ts";
import { leftoversWithin } from "../download/leftovers.ts";
import { restore, type WantedFile } from "../download/restore.ts";
import { refuseUnsafe } from "../download/safe-paths.ts";
import { makeTarget } from "../download/target.ts";
import { removeLeftovers } from "../leftovers.ts";
import { amount, plural } from "../plural.ts";
import { listed } from "../printable.ts";
import { createRetry } from "../retry.ts";
import { STORE_OPTIONS, type Store, withStore } from "../store.ts";
import { PARALLEL_OPTION, transferAll } from "../transfers.ts";

export const download: Subcommand = {
  operands: "INDEX|CHECKSUM",
  details: [
    "INDEX is the path of an index, DIR.INDEX; CHECKSUM that of a directory whose index is in the store: 64 hex digits, or",
    "the path of DIR.CHECKSUM. Makes DIR, or what --output says, and prints where that is. Files that are there and right",
    "are kept, so that it can be run again after a failure; one that differs is an error. No link is followed.",
  ].join("\n"),
  options: {
    output: { kind: "text", value: "DIR", short: "o", does: "where to make the directory" },
    ...PARALLEL_OPTION,
    force: "replace files that differ, and links in their place",
    ...STORE_OPTIONS,
  },
  example: [
    "$ export SEAMLESS_STORE=store",
    "$ seamless upload --quiet data",
    "40bb5584a5b0f69dea87c0aa97a948a5bb947e3371c583fb0e03173fc5a96c85",
    "$ seamless download data.INDEX --output copy",
    "copy",
    "seamless download: copy: 1 file, 6 B; wrote 1 file, 6 B",
  ].join("\n"),

  async run(call) {
    const given = call.operands[0]!;
    const operand = indexOperand(given);
    const target = call.texts["output"] ?? targetOf(given);
    return withStore(call, false, async (store) => {
      const wanted = await readWanted(store, operand, call.signal);
      refuseUnsafe(wanted.entries, given);
      await makeTarget(target);
      const leftovers = await leftoversWithin(resolve(target), wanted.entries);
      const done = await restoreAll(call, store, target, wanted);
      await removeLeftovers(call.console, leftovers);
      refuseIncomplete(target, wanted, done);
      tell(call, target, wanted, done);
      return true;
    });
  },
};

/** What was done. */
interface Done {
  /** Size of all files, in bytes. */
  bytes: number;
  readonly written: { files: number; bytes: number };
  failed: number;
}

async function restoreAll(call: Call, store: Store, target: string, { entries }: WantedDirectory): Promise<Done> {
  const { signal } = call;
  const force = call.flags["force"] === true;
  const lengths = await lengthsOf(store, [...entries.values()], signal);
  const items = [...entries].map(([path, checksum]) => ({ path, checksum, length: lengths.get(checksum.hex()) }));
  const options = { store, target, force, signal, retry: createRetry(signal) };
  const done: Done = { bytes: 0, written: { files: 0, bytes: 0 }, failed: 0 };
  done.failed = await transferAll<WantedFile>(call, {
    items,
    totalBytes: items.reduce((sum, { length = 0 }) => sum + length, 0),
    nameOf: ({ path }) => path,
    move: async (item, onBytes) => {
      let size = 0;
      const written = await restore(item, options, (bytes) => {
        size = bytes;
        onBytes(bytes);
      });
      done.bytes += size;
      if (!written) return;
      done.written.files++;
      done.written.bytes += size;
    },
  });
  return done;
}

/** @throws {SeamlessError} `INDEX_FAILED` if a file failed; it has been reported. */
function refuseIncomplete(target: string, { entries }: WantedDirectory, { failed }: Done): void {
  if (failed === 0) return;
  const what = `${showPath(target)} is not complete: ${failed} of ${plural(entries.size, "file")} failed`;
  throw new SeamlessError("INDEX_FAILED", what, { file: target });
}

/** In bytes, by hex digits; of what the store does not have, `undefined`. */
async function lengthsOf(store: Store, checksums: readonly Checksum[], signal: AbortSignal) {
  const different = [...new Map(checksums.map((checksum) => [checksum.hex(), checksum])).values()];
  const lengths = await inBatches(different, (batch) => store.lengths(batch, { signal }));
  return new Map(different.map((checksum, i) => [checksum.hex(), lengths[i]]));
}

function tell(call: Call, target: string, { entries, checksum }: WantedDirectory, { bytes, written }: Done): void {
  const { console, operands } = call;
  const files = entries.size;
  console.result(listed(target), { path: operands[0], checksum, target, files, bytes, written });
  const all = `${showPath(target)}: ${amount(files, "file", bytes)}`;
  console.note(`${all}; wrote ${amount(written.files, "file", written.bytes)}`);
}
