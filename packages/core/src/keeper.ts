import {
  BufferCache,
  type CacheRuntime,
  type CloseOptions,
  createRuntime,
  type RuntimeOptions,
  Transformations,
} from "@seamless/cache";
import { type Checksum, currentRuntime, installRuntime, isSeamlessError, SeamlessError } from "@seamless/checksum";
import { untilAborted } from "@seamless/internal/abort";
import { type CloseError, closeLimit } from "@seamless/internal/close-limit";
import { platformTimers } from "@seamless/internal/timers";

/** A cache, a store or a record of transformations that `configure` was given, and that `close` closes. */
interface Closable {
  readonly name?: string;
  close?(): Promise<void> | void;
}

/** How long closing may still take when the time for writing is over, in milliseconds: most stores need no more. */
const GRACE = 1000;

const closeError: CloseError = (code, message) => new SeamlessError(code, message);

/** Keeps the default runtime: makes it, replaces it when it is configured, and closes it with everything it was given. */
export class Keeper {
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
    const reason = cause instanceof Error || isSeamlessError(cause) ? cause.message : String(cause);
    throw new SeamlessError("STORE_FAILED", `${name} could not be closed: ${reason}`, { cause, store: name });
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
