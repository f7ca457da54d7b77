import type { AbortOptions } from "@seamless/internal/abort";
import { noRuntimeMessage } from "@seamless/internal/text";
import type { Checksum } from "./checksum.ts";
import { SeamlessError } from "./errors.ts";
import type { ProvenBytes } from "./proven.ts";

/// <reference lib="esnext.disposable" />

/**
 * What reading each celltype gives. Empty here: `@seamless/celltypes` augments it with its 13 celltypes, so that
 * `checksum.resolve("int")` is typed wherever that package is imported.
 */
// biome-ignore lint/suspicious/noEmptyInterface: the port that another package augments
export interface CelltypeValues {}

/** A celltype that some imported package can read. */
export type CelltypeName = keyof CelltypeValues & string;

/** The least that a runtime needs to know of a buffer. */
export interface BufferLike {
  /** The bytes; not to be changed. Where there is a proof, it ends when this is read. */
  readonly content: Uint8Array;
  /** In bytes, without reading the content. */
  readonly length?: number | undefined;
  /** The bytes with the proof that they have the checksum, as long as there is one. */
  readonly proven?: ProvenBytes | undefined;
  getChecksum(): Checksum;
  /** The same, computed in slices between which others run: for asynchronous ways, where the buffer knows how. */
  computeChecksum?(options?: AbortOptions): Promise<Checksum>;
}

/** A counted reference; releases exactly once, by `release()` or by `using`. */
export interface Reference extends Disposable {
  release(): void;
}

/** How far the bytes of one buffer are. */
export interface TransferProgress {
  /** Bytes that have come, or gone, so far. */
  readonly bytes: number;
  /** In all, where it is known. */
  readonly totalBytes?: number | undefined;
}

/** How a buffer is come by. */
export interface ResolveOptions extends AbortOptions {
  /**
   * Called as the bytes come from a store; not for what is here already. `bytes` never goes back. What it throws ends this
   * call.
   */
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
}

export interface ReferenceOptions {
  /**
   * Keep the buffer local: it is never written to a store.
   * @default false
   */
  readonly scratch?: boolean | undefined;
}

export interface TempReferenceOptions extends ReferenceOptions {
  /**
   * Interest at the start, fading to nothing below 1/128.
   * @default 128
   */
  readonly interest?: number | undefined;
  /**
   * What the interest is divided by at each interval.
   * @default 2
   */
  readonly fadeFactor?: number | undefined;
  /**
   * Length of an interval, in seconds.
   * @default 2
   */
  readonly fadeInterval?: number | undefined;
}

/**
 * The runtime port: who knows where buffers are and who wants them. `Checksum` and `Buffer` methods call the installed
 * one; `@seamless/core` installs a default.
 */
export interface Runtime {
  /**
   * The buffer of a checksum, or its value as a celltype, from the cache or a store.
   *
   * @throws {CacheMissError} if no cache or store has it.
   */
  resolve(checksum: Checksum, celltype?: undefined, options?: ResolveOptions): Promise<BufferLike>;
  resolve<C extends CelltypeName>(
    checksum: Checksum,
    celltype: C,
    options?: ResolveOptions,
  ): Promise<CelltypeValues[C]>;
  /**
   * As `resolve`; if no cache or store has it, it is computed again.
   *
   * @throws {CacheMissError} if that is impossible too.
   */
  fingertip(checksum: Checksum, celltype?: undefined, options?: ResolveOptions): Promise<BufferLike>;
  fingertip<C extends CelltypeName>(
    checksum: Checksum,
    celltype: C,
    options?: ResolveOptions,
  ): Promise<CelltypeValues[C]>;
  /** Take a counted reference. */
  incref(checksum: Checksum, options?: ReferenceOptions): Reference;
  /** Give one counted reference back. */
  decref(checksum: Checksum): void;
  /** Take the one fading reference of a checksum, or refresh it. */
  tempref(checksum: Checksum, options?: TempReferenceOptions): void;
  /** Make a buffer known to the cache. */
  register(buffer: BufferLike): void;
  /** Write a buffer to the stores; resolves when it is there. */
  write(buffer: BufferLike, options?: AbortOptions): Promise<void>;
  /** Has it been closed, or is it being? Another one may then be installed in its place without a warning. */
  readonly closed?: boolean | undefined;
}

// The one piece of global state: under a registered symbol, so that all installed copies of the package share it.
const RUNTIME = Symbol.for("@seamless/runtime/1");
const holder = globalThis as { [RUNTIME]?: Runtime | undefined };

/** Runtimes that have been installed before: to put one back is not a mistake. */
const installed = new WeakSet<Runtime>();
let warned = false;

/**
 * Make a runtime the one that `Checksum` and `Buffer` methods use. One that takes the place of another that has not been
 * closed is warned of, once: what the other one holds is not found by it.
 *
 * @param runtime - `undefined` removes the installed one.
 * @returns the runtime that was installed before, to put back.
 */
export function installRuntime(runtime: Runtime | undefined): Runtime | undefined {
  const previous = holder[RUNTIME];
  holder[RUNTIME] = runtime;
  const isNew = runtime !== undefined && !installed.has(runtime);
  for (const each of [previous, runtime]) if (each !== undefined) installed.add(each);
  if (isNew && previous !== undefined && previous.closed !== true && !warned) {
    warned = true;
    warn(
      "SEAMLESS_RUNTIME_REPLACED",
      "installRuntime() has replaced a runtime that is not closed: what that one holds, this one does not find. " +
        "Close it first, install undefined before, or change the default one with configure() of @seamless/core.",
    );
  }
  return previous;
}

/** The installed runtime, if any. */
export function currentRuntime(): Runtime | undefined {
  return holder[RUNTIME];
}

/**
 * The installed runtime.
 *
 * @param what - The call that needs it, for the message.
 * @throws {SeamlessError} `NO_RUNTIME` if there is none; the message names the package to import.
 */
export function requireRuntime(what: string): Runtime {
  const runtime = holder[RUNTIME];
  if (runtime !== undefined) return runtime;
  throw new SeamlessError("NO_RUNTIME", noRuntimeMessage(what));
}

/** What there is of Node's `process` and of a console, each where it is. */
interface Host {
  readonly process?: { readonly emitWarning?: (message: string, options: { type: string; code: string }) => void };
  readonly console?: { readonly warn: (message: string) => void };
}

/** Warns as the platform does: with a process warning in Node, else in the console. */
function warn(code: string, message: string): void {
  const { process, console } = globalThis as unknown as Host;
  if (process?.emitWarning !== undefined) process.emitWarning(message, { type: "SeamlessWarning", code });
  else console?.warn(`SeamlessWarning: ${message}`);
}
