import type { Worker } from "node:worker_threads";
import type { LookList } from "./look-now.ts";
import type { PutGroup, PutOutcome } from "./put-group.ts";
import type { FilesRead } from "./read-now.ts";

/** What the thread does. */
type Work =
  | { readonly kind: "put"; readonly group: PutGroup }
  | { readonly kind: "look"; readonly lists: readonly LookList[] }
  | { readonly kind: "read"; readonly files: readonly string[] };
type Answer = readonly PutOutcome[] | readonly Float64Array[] | FilesRead;

/** What the thread is asked for. It answers with the same number. */
export interface Request {
  readonly id: number;
  readonly work: Work;
}

/** What it saves starts the thread, once it is so much, in milliseconds of a processor: to start takes 20 to 40. */
const WORTH_IT = 20;

/**
 * A thread that works on folders by calls that are made at once: through Node's pool of threads, each call goes to another thread
 * and back, which takes a processor ten times as long as most of them. One for the process: started when there is enough to do
 * for it, and kept as long as the process lives.
 */
class FolderThread {
  #worker: Worker | undefined;
  #state: "wanted" | "starting" | "running" | "impossible" = "wanted";
  #saved = 0;
  #asked = 0;
  readonly #waiting = new Map<number, (answer: Answer | undefined) => void>();

  /**
   * Is it there to be asked? If it is not, this counts for it to be started.
   *
   * @param saves - What it would save this time, in milliseconds of a processor.
   */
  isReady(saves: number): boolean {
    if (this.#state === "wanted") {
      this.#saved += saves;
      if (this.#saved >= WORTH_IT) void this.#start();
    }
    return this.#state === "running";
  }

  /**
   * Writes buffers. Their bytes are handed over.
   *
   * @returns `undefined` if the thread has ended meanwhile, or is not there: nobody knows what became of them.
   */
  async put(group: PutGroup): Promise<readonly PutOutcome[] | undefined> {
    return (await this.#ask({ kind: "put", group }, [group.bytes.buffer as ArrayBuffer])) as readonly PutOutcome[];
  }

  /** @returns for each list what `lookNow` does; `undefined` as `put` does. */
  async look(lists: readonly LookList[]): Promise<readonly Float64Array[] | undefined> {
    return (await this.#ask({ kind: "look", lists })) as readonly Float64Array[];
  }

  /** @returns what `readNow` does; `undefined` as `put` does. */
  async read(files: readonly string[]): Promise<FilesRead | undefined> {
    return (await this.#ask({ kind: "read", files })) as FilesRead | undefined;
  }

  #ask(work: Work, transfer: readonly ArrayBuffer[] = []): Promise<Answer | undefined> {
    const worker = this.#worker;
    if (worker === undefined) return Promise.resolve(undefined);
    const id = this.#asked++;
    // It keeps the process alive only while it has something to do.
    if (this.#waiting.size === 0) worker.ref();
    worker.postMessage({ id, work } satisfies Request, transfer);
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  #settle(id: number, answer: Answer | undefined): void {
    const resolve = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker?.unref();
    resolve?.(answer);
  }

  /** Where threads cannot be had (in bundles that lack the file, or without the permission), all goes on as before. */
  async #start(): Promise<void> {
    this.#state = "starting";
    try {
      // Loaded only here: threads take 2 ms to load, and most programs do little.
      const worker = (await import("./start-folder-worker.ts")).startFolderWorker();
      worker.once("online", () => {
        if (this.#state === "starting") this.#state = "running";
      });
      worker.on("message", ({ id, answer }: { readonly id: number; readonly answer: Answer }) =>
        this.#settle(id, answer),
      );
      worker.once("error", () => this.#end());
      worker.once("exit", () => this.#end());
      // Last, since to listen for messages keeps the process alive.
      worker.unref();
      this.#worker = worker;
    } catch {
      this.#end();
    }
  }

  #end(): void {
    this.#state = "impossible";
    this.#worker = undefined;
    for (const id of [...this.#waiting.keys()]) this.#settle(id, undefined);
  }
}

export const folderThread = new FolderThread();
