import { Checksum, createSha256 } from "@seamless/checksum";
import { checksumFile, type Decode } from "@seamless/checksum/node";
import type { Store } from "@seamless/store";
import { type CompressedFile, DECOMPRESS_OPTION, decompressionOf } from "../files/compressed.ts";
import { eachFile, type FileJob } from "../files/operands.ts";
import { countBytes, readStandardInput } from "../files/streams.ts";
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
  options: { ...DECOMPRESS_OPTION, ...STORE_OPTIONS },
  example: [
    "$ printf 'hello\\n' | seamless put --store store -",
    "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
  ].join("\n"),

  async run(call) {
    const alone = call.operands.length === 1;
    const retry = createRetry(call.signal);
    const decompression = await decompressionOf(call);
    decompression.note(call.operands);
    return withStore(call, true, (store) =>
      eachFile(call, async (job) => {
        const steps = progressOfTwo(job);
        const options = { signal: job.signal, retry, onBytes: steps?.second };
        const content = decompression.of(job.path);
        const put = job.path === "-" ? putInput : content === undefined ? putNamed : putContent(content);
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

async function putNamed(store: Store, { path, signal }: FileJob, onHashed: OnBytes, options: PutOptions) {
  const checksum = await checksumFile(path, { signal, onProgress: onHashed && (({ bytes }) => onHashed(bytes)) });
  await putFile(store, checksum, path, "while it was put", options);
  return checksum;
}

/** Puts what a compressed file holds. */
function putContent({ coding, decode }: CompressedFile): typeof putNamed {
  return async (store, { path, signal }, onHashed, options) => {
    let length = 0;
    const own = createSha256();
    const hashed = async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        own.update(chunk);
        yield chunk;
      }
    };
    const counted: Decode = (chunks) =>
      countBytes(decode(hashed(chunks)), (bytes) => {
        length = bytes;
      });
    const onProgress = onHashed && (({ bytes }: { readonly bytes: number }) => onHashed(bytes));
    const checksum = await checksumFile(path, { signal, decode: counted, onProgress });
    const content = { coding, decode, length, encoded: new Checksum(own.digest()) };
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
