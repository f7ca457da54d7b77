import type { CacheRuntime, CloseOptions, RuntimeOptions } from "@seamless/cache";
import { currentRuntime, SeamlessError } from "@seamless/checksum";
import { describe } from "@seamless/internal/text";
import { openStore } from "@seamless/remote";
import type { Store } from "@seamless/store";
import { Keeper } from "./keeper.ts";

export interface ConfigureOptions extends Omit<RuntimeOptions, "stores"> {
  /**
   * Asked for buffers in this order; those that are writable get what is referenced. A URL or a path stands for the store
   * that `openStore` makes of it.
   * @default []
   */
  readonly stores?: readonly (Store | string | URL)[] | undefined;
}

/** The one of this copy of the package. */
export const keeper = new Keeper();

/** Install a runtime, unless there is one: two copies of this package must not take it from each other. */
export function installDefault(): void {
  if (currentRuntime() === undefined) keeper.configure({});
}

/**
 * Change the default runtime. What is not given stays as it is: with other stores, the cache keeps its buffers and who
 * holds them. What is referenced already is written to the new stores too; what was accepted for the former ones is
 * still written there.
 *
 * The cache, the stores and the record of the transformations are handed over: `close()` closes them.
 *
 * @returns the runtime, for its `run`, `flush` and `stats`.
 * @throws {SeamlessError} `INVALID_ARGUMENT`.
 *
 * @example
 * import { Buffer, close, configure, memoryStore } from "@seamless/core";
 * const runtime = configure({ stores: [memoryStore()] });
 * const reference = new Buffer("kept", "text").incref();
 * await runtime.flush();
 * console.log(runtime.stats().writer.written); // → 1
 * reference.release();
 * await close();
 */
export function configure(options: ConfigureOptions = {}): CacheRuntime {
  const { stores, ...others } = options;
  if (stores === undefined) return keeper.configure(others);
  if (!Array.isArray(stores)) throw new SeamlessError("INVALID_ARGUMENT", `stores is a list, got ${describe(stores)}`);
  const opened = stores.map((store) => (typeof store === "string" || store instanceof URL ? openStore(store) : store));
  return keeper.configure({ ...others, stores: opened });
}

/**
 * Write what has been accepted, close everything that was handed over, and remove the runtime. `configure` makes a new
 * one.
 *
 * @param options - When the `signal` is aborted, or after `timeout` milliseconds (30,000 without a signal), what has not
 * been written or closed by then is given up and named, with the reason as `cause`.
 * @throws {SeamlessError} `STORE_FAILED`: what could not be written or closed, and why. Everything is closed all the same.
 */
export function close(options: CloseOptions = {}): Promise<void> {
  return keeper.close(options);
}
