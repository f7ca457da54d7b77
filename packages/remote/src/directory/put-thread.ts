import { Worker } from "node:worker_threads";
import { isMasked } from "@seamless/internal/files";
import { filePlatform } from "@seamless/internal/platform";
import type { PutGroup, PutOutcome } from "./put-group.ts";

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
}

/** What became of it; `lost` if the thread has ended meanwhile, and nobody knows. */
type ThreadOutcome = PutOutcome | "lost";

/** So many puts start the thread: it takes 20 to 40 ms of a processor to start, and saves a third of a millisecond each. */
const WORTH_IT = 64;

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

/** The thread that writes small buffers, one for the process: started when they come in numbers, and kept as long as it lives. */
class PutThread {
  #worker: Worker | undefined;
  #state: "wanted" | "starting" | "running" | "impossible" = "wanted";
  #asked = 0;
  #waiting: Waiting[] = [];
  #sent = 0;
  readonly #groups = new Map<number, readonly Waiting[]>();

  /**
   * Is it there to be given puts? Calls are counted: it starts when there were many. Never where a file that another program has
   * open stands in the way (Windows): what fails then has to be tried again, later.
   */
  isReady(): boolean {
    if (filePlatform().busyCodes.length > 0) return false;
    if (this.#state === "wanted" && ++this.#asked >= WORTH_IT) this.#start();
    return this.#state === "running";
  }

  /** To be called when it is ready. What comes in one turn of the event loop goes there together. */
  put(put: SmallPut): Promise<ThreadOutcome> {
    return new Promise((resolve) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#send());
      this.#waiting.push({ put, resolve });
    });
  }

  /** Where threads cannot be had (in bundles that lack the file, or without the permission), puts go on as before. */
  #start(): void {
    this.#state = "starting";
    try {
      // Options of this process (`--input-type`) may not be valid for a file.
      const worker = new Worker(new URL("./put-worker.js", import.meta.url), { execArgv: [] });
      worker.once("online", () => {
        if (this.#state === "starting") this.#state = "running";
      });
      worker.on("message", ({ id, outcomes }: { readonly id: number; readonly outcomes: readonly PutOutcome[] }) =>
        this.#settle(id, outcomes),
      );
      worker.once("error", () => this.#end());
      worker.once("exit", () => this.#end());
      // It keeps the process alive only while it has something to do. Last, since to listen for messages keeps it alive.
      worker.unref();
      this.#worker = worker;
    } catch {
      this.#end();
    }
  }

  #end(): void {
    this.#state = "impossible";
    this.#worker = undefined;
    for (const id of [...this.#groups.keys()]) this.#settle(id, []);
  }

  #send(): void {
    while (this.#waiting.length > 0 && this.#groups.size < GROUPS) this.#sendGroup(this.#waiting.splice(0, TOGETHER));
  }

  #sendGroup(members: readonly Waiting[]): void {
    const worker = this.#worker;
    if (worker === undefined) {
      for (const { resolve } of members) resolve("left");
      return;
    }
    const bytes = new Uint8Array(members.reduce((sum, { put }) => sum + put.bytes.byteLength, 0));
    const ends: number[] = [];
    let end = 0;
    for (const { put } of members) {
      bytes.set(put.bytes, end);
      end += put.bytes.byteLength;
      ends.push(end);
    }
    const modes = members.map(({ put }) => put.mode);
    const group: PutGroup = {
      files: members.map(({ put }) => put.file),
      modes,
      masked: [...new Set(modes)].some(isMasked),
      verified: members.map(({ put }) => put.verified),
      bytes,
      ends,
    };
    const id = this.#sent++;
    if (this.#groups.size === 0) worker.ref();
    this.#groups.set(id, members);
    worker.postMessage({ id, group }, [bytes.buffer]);
  }

  #settle(id: number, outcomes: readonly PutOutcome[]): void {
    const members = this.#groups.get(id);
    this.#groups.delete(id);
    for (const [i, { resolve }] of (members ?? []).entries()) resolve(outcomes[i] ?? "lost");
    this.#send();
    if (this.#groups.size === 0) this.#worker?.unref();
  }
}

export const putThread = new PutThread();
