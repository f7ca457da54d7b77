import type { Checksum } from "@seamless/checksum";
import type { Store } from "@seamless/store";
import { type CompressedFile, DECOMPRESS_OPTION, decompressionOf, refuseNameless } from "../files/compressed.ts";
import { eachFile, type FileJob } from "../files/operands.ts";
import { readStandardInput } from "../files/streams.ts";
import type { Subcommand } from "../program/command.ts";
import { checksumLine } from "../program/format.ts";
import { hashContent } from "../transfer/hash-content.ts";
import { type PutOptions, putFile, putSource, withSpool } from "../transfer/put.ts";
import { RATE_OPTION } from "../transfer/rate.ts";
import { STORE_OPTIONS, withStore } from "../transfer/store.ts";
import { createRetry } from "../transfer/transfers.ts";

export const put: Subcommand = {
  operands: "FILE…",
  details: [
    "One file prints just its checksum; several print lines that 'sha256sum -c' accepts.",
    "'-' is standard input, which is kept in a temporary file until its checksum is known.",
  ].join("\n"),
  options: { ...DECOMPRESS_OPTION, ...RATE_OPTION, ...STORE_OPTIONS },
  example: [
    "$ printf 'hello\\n' | seamless put --store store -",
    "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
  ].join("\n"),

  async run(call) {
    refuseNameless(call);
    const alone = call.operands.length === 1;
    const retry = createRetry(call.signal);
    const decompression = await decompressionOf(call);
    decompression.count(call.operands);
    decompression.note();
    return withStore(call, true, (store) =>
      eachFile(call, async (job) => {
        const steps = progressOfTwo(job);
        const options = { signal: job.signal, retry, onBytes: steps?.second };
        const content = decompression.of(job.path);
        const put = job.path === "-" ? putInput : putNamed(content);
        const hex = (await put(store, job, steps?.first, options)).hex();
        call.console.result(alone ? hex : checksumLine(hex, content?.name ?? job.path), {
          path: job.path,
          checksum: hex,
        });
      }),
    );
  },
};

type OnBytes = ((bytes: number) => void) | undefined;

/** @param compressed - What the file counts as, if not as it is. */
function putNamed(compressed: CompressedFile | undefined) {
  return async (store: Store, { path, signal }: FileJob, onHashed: OnBytes, options: PutOptions): Promise<Checksum> => {
    const { checksum, content } = await hashContent(path, compressed, signal, onHashed);
    await putFile(store, checksum, path, "while it was put", { ...options, content });
    return checksum;
  };
}

async function putInput(store: Store, { signal }: FileJob, onRead: OnBytes, options: PutOptions): Promise<Checksum> {
  return withSpool(readStandardInput(signal), onRead, async ({ checksum, source }) => {
    await putSource(store, checksum, source, options);
    return checksum;
  });
}

/** A file is read twice: hashing counts as half of the progress. */
function progressOfTwo({ onProgress }: FileJob) {
  if (onProgress === undefined) return undefined;
  let [hashed, sent] = [0, 0];
  const tell = () => onProgress({ bytes: Math.floor((hashed + sent) / 2) });
  const first = (bytes: number) => {
    hashed = bytes;
    tell();
  };
  const second = (bytes: number) => {
    sent = bytes;
    tell();
  };
  return { first, second };
}
