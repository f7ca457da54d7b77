import type { CacheRuntime, CloseOptions, RuntimeOptions } from "@seamless/cache";
import { type Checksum, currentRuntime, SeamlessError } from "@seamless/checksum";
import { describe } from "@seamless/internal/text";
import { urlStore } from "@seamless/remote";
import type { Store } from "@seamless/store";
import { Keeper } from "./keeper.ts";

/** Options of `configure`: those of `createRuntime`, and stores may be given by their path or URL. */
export interface ConfigureOptions extends Omit<RuntimeOptions, "stores"> {
  /**
   * The stores, in the order in which they are asked for buffers. Referenced buffers are written to all writable ones. A
   * path or a URL stands for the store that `openStore` opens.
   * @default []
   */
  readonly stores?: readonly (Store | string | URL)[] | undefined;
}

/** Keeps the default runtime of this copy of the package. */
const keeper = new Keeper();

/** Installs a runtime unless one is installed: a second copy of this package must not replace that of the first. */
export function installDefault(): void {
  if (currentRuntime() === undefined) keeper.configure({});
}

/**
 * Changes the default runtime. An option that is not given stays as it is: with new stores, the cache keeps its buffers
 * and their references. Buffers that are already referenced are written to the new stores too; those that were accepted
 * for the former stores are still written there.
 *
 * The cache, the stores and the record of transformations belong to the runtime from then on: `close()` closes them.
 *
 * @returns the runtime, which has `run`, `flush` and `stats`.
 * @throws {SeamlessError} `INVALID_ARGUMENT` for a wrong option, or a store that cannot be opened by its path or URL.
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
  const opened = stores.map((store) => (typeof store === "string" || store instanceof URL ? urlStore(store) : store));
  return keeper.configure({ ...others, stores: opened });
}

/**
 * Writes all accepted buffers, closes the cache, the stores and the record of transformations, and removes the runtime.
 * `configure` makes a new one.
 *
 * @param options - When the `signal` is aborted, or after `timeout` milliseconds (30,000 without a signal), `close` gives
 *   up what is not written or closed by then, and names it with the reason as `cause`.
 * @throws {SeamlessError} `STORE_FAILED` names what could not be written or closed, and says why. Everything else is
 *   closed all the same.
 *
 * @example
 * import { Buffer, close, configure, memoryStore } from "@seamless/core";
 * const contents = new Map();
 * configure({ stores: [memoryStore({ contents })] });
 * new Buffer("kept", "text").incref();
 * await close({ timeout: 5000 });
 * console.log(contents.size); // → 1
 */
export function close(options: CloseOptions = {}): Promise<void> {
  return keeper.close(options);
}

/** The most checksums that a warning lists. */
const LISTED = 5;

/** Node's `process`; other platforms have none, or only a part of it. */
interface Host {
  readonly process?: { readonly on?: (event: "exit", listener: () => void) => void };
}

/** Warns on standard error if the process ends before all buffers are written. Does nothing in browsers. */
export function warnOnExit(): void {
  const host = (globalThis as Host).process;
  host?.on?.("exit", () => {
    const message = warning(keeper.unwritten());
    if (message !== undefined) console.error(message);
  });
}

function warning(checksums: readonly Checksum[]): string | undefined {
  const count = checksums.length;
  if (count === 0) return undefined;
  const what = count === 1 ? "a buffer was" : `${count} buffers were`;
  const names = checksums.slice(0, LISTED).map((checksum) => checksum.hex());
  if (count > LISTED) names.push("…");
  return `@seamless/core: ${what} not written to any store, call \`await close()\` before the process ends: ${names.join(", ")}`;
}
