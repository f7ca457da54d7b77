import { isMasked } from "@seamless/internal/files";
import { filePlatform } from "@seamless/internal/platform";
import { folderThread } from "./folder-thread.ts";
import type { PutOutcome } from "./put-group.ts";

/** A small buffer that is to be written. */
interface SmallPut {
  /** Absolute path of its plain form. */
  readonly file: string;
  /** Not changed until it is written. */
  readonly bytes: Uint8Array;
  /** Permissions, whatever the umask is. */
  readonly mode: number;
  /** Whether the bytes have been hashed. */
  readonly verified: boolean;
  /** Whether it has to reach the disk. */
  readonly sync: boolean;
}

/** What became of it; `lost` if the thread has ended meanwhile, and nobody knows. */
type ThreadOutcome = PutOutcome | "lost";

/** What the thread saves of a put, in milliseconds of a processor. */
const SAVES = 0.33;

/**
 * Puts that go to the thread together, and how many such groups are there at a time. Of few, each begins to be flushed while
 * others are written: groups of 16 took a third longer than four of 4. No more flushes wait for a thread of Node's pool than with
 * 16 puts in the other way.
 */
const TOGETHER = 4;
const GROUPS = 4;

/** What waits to be sent. */
interface Waiting {
  readonly put: SmallPut;
  readonly resolve: (outcome: ThreadOutcome) => void;
}

/** Has the thread of folders write small buffers, some together. */
class PutThread {
  #waiting: Waiting[] = [];
  /** Groups that are being written. */
  #groups = 0;

  /**
   * Is it there to be given puts? Calls are counted: it starts when there were many. Never where a file that another program has
   * open stands in the way (Windows): what fails then has to be tried again, later.
   */
  isReady(): boolean {
    return filePlatform().busyCodes.length === 0 && folderThread.isReady(SAVES);
  }

  /** To be called when it is ready. What comes in one turn of the event loop goes there together. */
  put(put: SmallPut): Promise<ThreadOutcome> {
    return new Promise((resolve) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#send());
      this.#waiting.push({ put, resolve });
    });
  }

  #send(): void {
    while (this.#waiting.length > 0 && this.#groups < GROUPS) void this.#sendGroup(this.#waiting.splice(0, TOGETHER));
  }

  async #sendGroup(members: readonly Waiting[]): Promise<void> {
    const bytes = new Uint8Array(members.reduce((sum, { put }) => sum + put.bytes.byteLength, 0));
    const ends: number[] = [];
    let end = 0;
    for (const { put } of members) {
      bytes.set(put.bytes, end);
      end += put.bytes.byteLength;
      ends.push(end);
    }
    const modes = members.map(({ put }) => put.mode);
    this.#groups++;
    const outcomes = await folderThread.put({
      files: members.map(({ put }) => put.file),
      modes,
      masked: [...new Set(modes)].some(isMasked),
      verified: members.map(({ put }) => put.verified),
      sync: members.map(({ put }) => put.sync),
      bytes,
      ends,
    });
    this.#groups--;
    for (const [i, { resolve }] of members.entries()) resolve(outcomes?.[i] ?? "lost");
    this.#send();
  }
}

export const putThread = new PutThread();
