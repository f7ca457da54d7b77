import { lstat } from "node:fs/promises";
import type { Checksum } from "@seamless/checksum";
import type { Store } from "@seamless/store";
import { INSIDE_HELP, placeChecksum, resolvePlaces } from "../files/inside.ts";
import { OPERAND_HELP } from "../files/operands.ts";
import { checkOutputFile, sayWritten, writeOutputFile } from "../files/output-files.ts";
import { countBytes, withStream, writeStandardOutput } from "../files/streams.ts";
import { UsageError } from "../program/arguments.ts";
import type { Call, Subcommand } from "../program/command.ts";
import { RATE_OPTION } from "../transfer/rate.ts";
import { isResumable, writeResumed } from "../transfer/resume.ts";
import { cacheMissError, STORE_OPTIONS, withStore } from "../transfer/store.ts";
import { mapBatches } from "../transfer/transfers.ts";

export const get: Subcommand = {
  operands: "CHECKSUM…",
  details: [
    `CHECKSUM is ${OPERAND_HELP[0]}`,
    OPERAND_HELP[1],
    INSIDE_HELP,
    "The bytes go to standard output, one buffer after the other, and are verified before the last of them is written.",
    "A file is written whole or not at all. A large one goes on where an earlier run broke off.",
  ].join("\n"),
  options: {
    output: {
      kind: "text",
      value: "FILE",
      short: "o",
      does: "write to FILE, replacing an existing one; '-' is standard output",
    },
    ...RATE_OPTION,
    ...STORE_OPTIONS,
  },
  example: [
    "$ export SEAMLESS_STORE=store",
    "$ printf 'hello\\n' | seamless put -",
    "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    "$ seamless get 5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    "hello",
  ].join("\n"),

  async run(call) {
    const { operands: given, texts, flags, signal } = call;
    const output = texts["output"] === "-" ? undefined : texts["output"];
    if (output === undefined && flags["json"]) {
      throw new UsageError("--json needs --output FILE: without it, the bytes also go to standard output");
    }
    if (output !== undefined && given.length > 1) throw new UsageError("--output FILE is for one buffer");
    const places = await resolvePlaces(given);
    if (output !== undefined) await checkOutputFile(output);
    return withStore(call, false, async (store) => {
      const checksums: Checksum[] = [];
      for (const place of places) checksums.push(await placeChecksum(place, async () => store, signal));
      // Checked before the first of several is written: a part of them is of no use.
      if (checksums.length > 1) await checkAllPresent(store, checksums, signal);
      for (const checksum of checksums) {
        if (output !== undefined && (await writeLarge(call, store, checksum, output))) continue;
        const stream = await store.getStream(checksum, { signal });
        if (stream === undefined) throw cacheMissError(store, checksum);
        await withStream(stream, async () => {
          const chunks = countBytes(stream, await progressOf(call, store, checksum));
          if (output === undefined) await writeStandardOutput(chunks, signal);
          else await writeOutputFile(call, output, chunks, { checksum: checksum.hex() });
        });
      }
      return true;
    });
  },
};

/**
 * Writes a large buffer to a file, and goes on where an earlier run broke off.
 *
 * @returns whether it was: it is none, or cannot be gone on with, if not.
 */
async function writeLarge(call: Call, store: Store, checksum: Checksum, file: string): Promise<boolean> {
  const { signal } = call;
  const [length] = store.resumes === true ? await store.lengths([checksum], { signal }) : [];
  if (length === undefined || !isResumable(store, length)) return false;
  await sayWritten(call, file, { checksum: checksum.hex() }, async () => {
    const onBytes = await progressOf(call, store, checksum);
    const keepMode = (await lstat(file).catch(() => undefined))?.isFile() === true;
    await writeResumed(file, { store, checksum, length, replace: true, keepMode, signal }, onBytes ?? ignore);
    return length;
  });
  return true;
}

const ignore = () => {};

async function checkAllPresent(store: Store, checksums: readonly Checksum[], signal: AbortSignal): Promise<void> {
  const found = await mapBatches(checksums, (batch) => store.has(batch, { signal }));
  const missing = checksums.find((_, i) => !found[i]);
  if (missing !== undefined) throw cacheMissError(store, missing);
}

async function progressOf({ console, signal }: Call, store: Store, checksum: Checksum) {
  const progress = console.progress();
  if (progress === undefined) return undefined;
  const [totalBytes = 0] = await store.lengths([checksum], { signal });
  return (bytes: number) => progress.update({ files: bytes === totalBytes ? 1 : 0, totalFiles: 1, bytes, totalBytes });
}
