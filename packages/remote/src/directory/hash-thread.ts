import { SeamlessError } from "@seamless/checksum";
import type { ChunkHasher } from "@seamless/store";
import { folderThread } from "./folder-thread.ts";
import type { HashStep } from "./hash-now.ts";

/** What a processor hashes in a millisecond, in bytes. */
const PACE = 2 ** 20;

/** In bytes: of less, the messages are the larger part. */
const WORTH_IT = 2 ** 22;

let streams = 0;

/**
 * Hashes a long stream in the thread of folders, while this one reads and sends it: of 64 MiB through a server that saved a tenth to a
 * quarter of the time, on two processors of which the client had one.
 *
 * @param length - Of the stream, in bytes.
 * @returns `undefined` if it is not worth it, or there is no thread. It starts when it was asked for often enough.
 */
export function hashInThread(length: number): ChunkHasher | undefined {
  if (length < WORTH_IT || !folderThread.isReady(length / PACE)) return undefined;
  const stream = streams++;
  let isKnown = false;
  const ask = async (next: HashStep["next"]) => {
    const answer = await folderThread.hash({ stream, next });
    if (answer === undefined) throw new SeamlessError("IO_ERROR", "the thread that hashes has ended");
    return answer;
  };
  return {
    async update(chunk) {
      isKnown = true;
      await ask(chunk);
    },
    digest() {
      isKnown = false;
      return ask("digest");
    },
    end() {
      if (isKnown) void folderThread.hash({ stream, next: "forget" });
    },
  };
}
