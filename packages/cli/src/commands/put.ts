import type { Checksum } from "@seamless/checksum";
import { checksumFile } from "@seamless/checksum/node";
import type { Store } from "@seamless/store";
import { eachFile, type FileJob } from "../files/operands.ts";
import { readStandardInput } from "../files/streams.ts";
import type { Subcommand } from "../program/command.ts";
import { checksumLine } from "../program/format.ts";
import { type PutOptions, putFile, putSource, withSpool } from "../transfer/put.ts";
import { STORE_OPTIONS, withStore } from "../transfer/store.ts";
import { createRetry } from "../transfer/transfers.ts";

export const put: Subcommand = {
  operands: "FILE…",
  details: [
    "One file prints just its checksum; several print lines that 'sha256sum -c' accepts.",
    "'-' is standard input, which is kept in a temporary file until its checksum is known.",
  ].join("\n"),
  options: STORE_OPTIONS,
  example: [
    "$ printf 'hello\\n' | seamless put --store store -",
    "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
  ].join("\n"),

  async run(call) {
    const alone = call.operands.length === 1;
    const retry = createRetry(call.signal);
    return withStore(call, true, (store) =>
      eachFile(call, async (job) => {
        const steps = progressOfTwo(job);
        const options = { signal: job.signal, retry, onBytes: steps?.second };
        const work = job.path === "-" ? putInput : putNamed;
        const hex = (await work(store, job, steps?.first, options)).hex();
        call.console.result(alone ? hex : checksumLine(hex, job.path), { path: job.path, checksum: hex });
      }),
    );
  },
};

type OnBytes = ((bytes: number) => void) | undefined;

async function putNamed(store: Store, { path, signal }: FileJob, onHashed: OnBytes, options: PutOptions) {
  const checksum = await checksumFile(path, { signal, onProgress: onHashed && (({ bytes }) => onHashed(bytes)) });
  await putFile(store, checksum, path, "while it was put", options);
  return checksum;
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
