import { type Remote, wrap } from "comlink";

/** Ends a call: by an error, or without a result. */
type End = (error: Error | undefined) => void;

/**
 * Calls functions of a worker. What takes too long, and what is given up, is stopped with its worker; the next call starts
 * another one.
 */
export class WorkerCalls<Functions> {
  readonly #start: () => Worker;
  readonly #limit: number;
  #worker: Worker | undefined;
  #functions: Remote<Functions> | undefined;
  /** Of the calls that are under way. */
  readonly #ends = new Set<End>();

  /**
   * @param start - Starts the worker, when it is first needed.
   * @param limit - Milliseconds that one call may take; `Infinity` where it tells how far it is.
   */
  constructor(start: () => Worker, limit: number) {
    this.#start = start;
    this.#limit = limit;
  }

  /**
   * Calls a function of the worker. The calls before are given up, if they have not ended.
   *
   * @returns undefined, if this call is given up.
   * @throws {Error} what the function throws, or that it took too long or was not loaded.
   */
  call<T>(run: (functions: Remote<Functions>) => Promise<T>): Promise<T | undefined> {
    this.giveUp();
    return this.queue(run);
  }

  /** As `call`, but after the calls before it. What stops one of them stops all, and the worker has lost what it held. */
  async queue<T>(run: (functions: Remote<Functions>) => Promise<T>): Promise<T | undefined> {
    const functions = this.#open();
    let end: End = () => {};
    const ended = new Promise<undefined>((resolve, reject) => {
      end = (error) => (error === undefined ? resolve(undefined) : reject(error));
    });
    this.#ends.add(end);
    const timer =
      this.#limit < Infinity
        ? setTimeout(
            () => this.#stop(new Error(`stopped, since it took over ${this.#limit / 1000} seconds`)),
            this.#limit,
          )
        : undefined;
    try {
      return await Promise.race([run(functions), ended]);
    } finally {
      clearTimeout(timer);
      this.#ends.delete(end);
    }
  }

  /** Gives up the calls that are under way; a worker that has nothing to do is kept. */
  giveUp(): void {
    if (this.#ends.size > 0) this.close();
  }

  /** Gives up the calls that are under way, and frees what the worker holds. */
  close(): void {
    this.#stop(undefined);
  }

  #open(): Remote<Functions> {
    if (this.#functions !== undefined) return this.#functions;
    const worker = this.#start();
    worker.onerror = ({ message }) =>
      this.#stop(new Error(message || "what does it was not loaded: is there a network?"));
    this.#worker = worker;
    this.#functions = wrap<Functions>(worker);
    return this.#functions;
  }

  #stop(error: Error | undefined): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#functions = undefined;
    for (const end of this.#ends) end(error);
    this.#ends.clear();
  }
}
