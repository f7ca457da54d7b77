import type { Remote } from "comlink";
import { WorkerCalls } from "../worker-calls.ts";
import type { Outcome, ReaderFunctions } from "./reader.worker.ts";

/** Milliseconds that one call may take: what is hostile takes no longer than that. */
const LIMIT = 20_000;

/** Reads and writes values in a worker, which is stopped where that takes too long. */
export class Reader {
  readonly #calls = new WorkerCalls<ReaderFunctions>(
    () => new Worker(new URL("./reader.worker.ts", import.meta.url), { type: "module" }),
    LIMIT,
  );

  /**
   * Calls a function of the worker, after those that were called before.
   *
   * @returns what it gives; a failure without a code if it takes too long, and the worker then has lost what it held;
   * undefined, if it was given up.
   */
  async call<T>(run: (functions: Remote<ReaderFunctions>) => Promise<Outcome<T>>): Promise<Outcome<T> | undefined> {
    try {
      return await this.#calls.queue(run);
    } catch (error) {
      return { failure: { message: (error as Error).message } };
    }
  }

  /** Gives up the calls that are under way, so that the next one need not wait for them. */
  giveUp(): void {
    this.#calls.giveUp();
  }

  /** Gives up the calls that are under way, and frees what the worker holds. */
  close(): void {
    this.#calls.close();
  }
}
