import {
  BufferCache,
  type CacheRuntime,
  type CloseOptions,
  createRuntime,
  type RuntimeOptions,
  Transformations,
} from "@seamless/cache";
import { type Checksum, currentRuntime, installRuntime, SeamlessError } from "@seamless/checksum";
import { untilAborted } from "@seamless/internal/abort";
import { type CloseError, closeLimit } from "@seamless/internal/close-limit";
import { describe, messageOf } from "@seamless/internal/text";
import { platformTimers } from "@seamless/internal/timers";
import { urlStore } from "@seamless/remote";
import type { Store } from "@seamless/store";

/** A cache, a store or a record of transformations that `configure` was given, and that `close` closes. */
interface Closable {
  readonly name?: string;
  close?(): Promise<void> | void;
}

/** How long closing may still take when the time for writing is over, in milliseconds: most stores need no more. */
const GRACE = 1000;

const closeError: CloseError = (code, message) => new SeamlessError(code, message);

/** Makes the runtime, replaces it when it is configured, and closes it with everything it was given. */
class DefaultRuntime {
  #current: CacheRuntime | undefined;
  #settings: RuntimeOptions = {};
  /** Replaced runtimes that are still writing buffers they had accepted, or failed to write them. */
  readonly #retired = new Set<CacheRuntime>();
  readonly #closables = new Set<Closable>();
  #closing: Promise<void> = Promise.resolve();

  /** Makes a runtime with changed settings, and installs it. */
  configure(changes: RuntimeOptions): CacheRuntime {
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
    const settings: RuntimeOptions = { ...this.#settings, ...given };
    const cache = settings.cache ?? new BufferCache({ clock: settings.clock });
    const transformations = settings.transformations ?? new Transformations();
    const runtime = createRuntime({ ...settings, cache, transformations });
    for (const each of [cache, transformations.record, ...runtime.stores]) this.#closables.add(each);
    // The old runtime is closed first; its cache and its stores stay open, the new one uses them.
    if (this.#current !== undefined) this.#retire(this.#current);
    this.#settings = { ...settings, cache, transformations };
    this.#current = runtime;
    installRuntime(runtime);
    return runtime;
  }

  /**
   * Closes all runtimes, then everything they were given.
   *
   * @throws {SeamlessError} `STORE_FAILED` with everything that could not be written or closed; `INVALID_ARGUMENT`.
   */
  async close(options: CloseOptions): Promise<void> {
    const timers = this.#settings.clock ?? platformTimers;
    const limit = closeLimit(options, timers, closeError);
    const runtimes = this.#runtimes();
    const closables = [...this.#closables];
    if (this.#current !== undefined && currentRuntime() === this.#current) installRuntime(undefined);
    this.#current = undefined;
    this.#settings = {};
    this.#retired.clear();
    this.#closables.clear();
    const before = this.#closing;
    const closing = (async () => {
      // An earlier `close` reports its own failures to its own caller.
      await before.catch(() => undefined);
      const unwritten = await failuresOf(runtimes.map((runtime) => runtime.close({ signal: limit.signal })));
      const last = limit.signal.aborted ? closeLimit({ timeout: GRACE }, timers, closeError) : limit;
      const unclosed = await failuresOf(closables.map((each) => closeOne(each, last.signal)));
      last.end();
      const errors = [...unwritten, ...unclosed];
      if (errors.length > 0) throw combinedError(errors);
    })().finally(limit.end);
    this.#closing = closing;
    return closing;
  }

  /** Checksums of buffers that were accepted for writing, and that no store has yet. */
  unwritten(): Checksum[] {
    return this.#runtimes().flatMap(({ writer }) => writer.unwritten());
  }

  #runtimes(): CacheRuntime[] {
    return this.#current === undefined ? [...this.#retired] : [...this.#retired, this.#current];
  }

  #retire(runtime: CacheRuntime): void {
    this.#retired.add(runtime);
    // It may take as long as it needs, until `close` is called.
    runtime.close({ timeout: Number.POSITIVE_INFINITY }).then(
      () => this.#retired.delete(runtime),
      // `close` reports what was not written.
      () => undefined,
    );
  }
}

async function closeOne(each: Closable, signal: AbortSignal): Promise<void> {
  try {
    await untilAborted(Promise.resolve(each.close?.()), signal);
  } catch (cause) {
    const name = each.name ?? "the cache";
    throw new SeamlessError("STORE_FAILED", `${name} could not be closed: ${messageOf(cause)}`, { cause, store: name });
  }
}

async function failuresOf(work: readonly Promise<void>[]): Promise<SeamlessError[]> {
  const results = await Promise.allSettled(work);
  return results.flatMap((result) => (result.status === "rejected" ? [result.reason as SeamlessError] : []));
}

function combinedError(errors: readonly SeamlessError[]): SeamlessError {
  const [first] = errors;
  if (errors.length === 1 && first !== undefined) return first;
  const all = errors.flatMap((error) => error.errors ?? [error]);
  return new SeamlessError("STORE_FAILED", errors.map(({ message }) => message).join("; "), { errors: all });
}

/** Options of `configure`: those of `createRuntime`, and stores may be given by their path or URL. */
export interface ConfigureOptions extends Omit<RuntimeOptions, "stores"> {
  /**
   * The stores, in the order in which they are asked for buffers. Referenced buffers are written to all writable ones. A
   * path or a URL stands for the store that `openStore` opens.
   * @default []
   */
  readonly stores?: readonly (Store | string | URL)[] | undefined;
}

/** That of this copy of the package. */
const defaultRuntime = new DefaultRuntime();

/** Installs a runtime unless one is installed: a second copy of this package must not replace that of the first. */
export function installDefault(): void {
  if (currentRuntime() === undefined) defaultRuntime.configure({});
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
  if (stores === undefined) return defaultRuntime.configure(others);
  if (!Array.isArray(stores)) throw new SeamlessError("INVALID_ARGUMENT", `stores is a list, got ${describe(stores)}`);
  const opened = stores.map((store) => (typeof store === "string" || store instanceof URL ? urlStore(store) : store));
  return defaultRuntime.configure({ ...others, stores: opened });
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
  return defaultRuntime.close(options);
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
    const message = warning(defaultRuntime.unwritten());
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
