import { SeamlessError } from "@seamless/checksum";
import { onAbort, untilAborted } from "@seamless/internal/abort";
import type { Timers } from "@seamless/internal/timers";

/** Why something failed, whatever was thrown. */
export interface Failure {
  readonly error: unknown;
}

/** Something that is going on, and that can be given up even if it hangs. Its promises never reject. */
export class Attempt {
  /** How it ended: with a failure, or well. Comes at once when it is given up. */
  readonly outcome: Promise<Failure | undefined>;
  /** Comes when it is really over: until then it may hold on to memory. */
  readonly settled: Promise<void>;
  readonly #controller = new AbortController();

  /** @param run - Started at once; its signal is aborted when it is given up. */
  constructor(run: (signal: AbortSignal) => Promise<void>) {
    const { signal } = this.#controller;
    // Asynchronous, so that what `run` throws at once rejects like everything else.
    const running = (async () => run(signal))();
    const well = () => undefined;
    this.settled = running.then(well, well);
    this.outcome = untilAborted(running, signal).then(well, (error: unknown) => ({ error }));
  }

  /**
   * How it ends; given up when it takes too long.
   *
   * @param ms - How much longer it may take, in milliseconds.
   */
  async outcomeWithin(ms: number, clock: Timers): Promise<Failure | undefined> {
    const timer = clock.setTimeout(() => {
      this.giveUp(new SeamlessError("STORE_FAILED", `not done within ${ms} ms`));
    }, ms);
    const failure = await this.outcome;
    timer.cancel();
    return failure;
  }

  /** Wait for it no longer. */
  giveUp(reason: unknown): void {
    this.#controller.abort(reason);
  }
}

export interface InTimeOptions {
  readonly clock: Timers;
  /** How long it may take, in milliseconds. */
  readonly limit: number;
  /**
   * Asked once that time is up, and given up after the same time: how much longer it may take, in milliseconds.
   * @default no longer
   */
  readonly more?: ((signal: AbortSignal) => Promise<number>) | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * What something gives, unless it takes too long: it may ignore its signal, or hang.
 *
 * @throws {SeamlessError} `STORE_FAILED` when it takes too long; what it throws; the signal's reason.
 */
export async function inTime<T>(
  run: (signal: AbortSignal) => Promise<T>,
  { clock, limit, more = async () => 0, signal }: InTimeOptions,
): Promise<T> {
  const controller = new AbortController();
  const stopped = controller.signal;
  const forget = onAbort(signal, () => controller.abort(signal?.reason));
  const stop = (ms: number) => controller.abort(new SeamlessError("STORE_FAILED", `no answer within ${ms} ms`));
  let over = false;
  let timer = clock.setTimeout(async () => {
    timer = clock.setTimeout(() => stop(2 * limit), limit);
    const extra = await untilAborted(more(stopped), stopped).catch(() => 0);
    timer.cancel();
    if (over || stopped.aborted) return;
    if (extra > 0) timer = clock.setTimeout(() => stop(limit + extra), extra);
    else stop(limit);
  }, limit);
  try {
    // Asynchronous, so that what it throws at once rejects like everything else.
    return await untilAborted((async () => run(stopped))(), stopped);
  } finally {
    over = true;
    timer.cancel();
    forget();
  }
}

type Result = IteratorResult<Uint8Array, undefined>;

interface Asker {
  resolve(result: Result): void;
  reject(error: unknown): void;
}

const DONE: Result = { done: true, value: undefined };

/**
 * One of several that read the same chunks in step: it is given a chunk when it has asked for one, and so there is never
 * a second one waiting.
 */
export class Sink extends Attempt {
  readonly #line: Line;

  /**
   * @param read - Started at once; reads the chunks that the sink is given. What it may do with a chunk is up to the
   * giver.
   * @param afterwards - What else belongs to it, but needs no chunks.
   */
  constructor(
    read: (chunks: AsyncIterable<Uint8Array>, signal: AbortSignal) => Promise<void>,
    afterwards: (signal: AbortSignal) => Promise<void> = async () => {},
  ) {
    const line = new Line();
    super(async (signal) => {
      await read(line.chunks, signal);
      line.finish({});
      await afterwards(signal);
    });
    this.#line = line;
    // However it ended, it wants no more.
    void this.outcome.then((failure) => line.finish(failure === undefined ? {} : { failure }));
  }

  /** Does it want more? */
  get open(): boolean {
    return this.#line.open;
  }

  /** Resolves when it asks for a chunk, or wants no more. */
  async ready(): Promise<void> {
    await this.#line.ready();
  }

  /** Has it asked for a chunk? */
  get asking(): boolean {
    return this.#line.asking;
  }

  /** Hand it a chunk; nothing happens if it wants no more. */
  give(chunk: Uint8Array): void {
    this.#line.give(chunk);
  }

  /** There is no more. */
  end(): void {
    this.#line.finish({});
  }

  /**
   * The source failed.
   *
   * @returns whether the sink wanted more of it.
   */
  fail(failure: Failure): boolean {
    return this.#line.finish({ failure });
  }
}

/**
 * Waits until each sink has asked for its next chunk, or wants no more. Those that have not done so in time are given up.
 *
 * @param ms - In milliseconds.
 */
export async function untilReady(sinks: readonly Sink[], ms: number, clock: Timers): Promise<void> {
  const late = () => sinks.filter((sink) => sink.open && !sink.asking);
  if (late().length === 0) return;
  const timer = clock.setTimeout(() => {
    const reason = new SeamlessError("STORE_FAILED", `took nothing for ${ms} ms`);
    for (const sink of late()) sink.giveUp(reason);
  }, ms);
  await Promise.all(sinks.map((sink) => sink.ready()));
  timer.cancel();
}

/** The requests for chunks that wait to be answered. */
class Line {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly #askers: Asker[] = [];
  readonly #waiting: (() => void)[] = [];
  #end: { readonly failure?: Failure } | undefined;

  constructor() {
    const iterator: AsyncIterator<Uint8Array, undefined> = {
      next: () => this.#next(),
      return: async () => {
        this.finish({});
        return DONE;
      },
    };
    this.chunks = { [Symbol.asyncIterator]: () => iterator };
  }

  get open(): boolean {
    return this.#end === undefined;
  }

  get asking(): boolean {
    return this.#askers.length > 0;
  }

  async ready(): Promise<void> {
    if (this.open && !this.asking) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  give(chunk: Uint8Array): void {
    this.#askers.shift()?.resolve({ done: false, value: chunk });
  }

  /** @returns whether it was open. */
  finish(end: { readonly failure?: Failure }): boolean {
    if (this.#end !== undefined) return false;
    this.#end = end;
    for (const asker of this.#askers.splice(0)) this.#answer(asker, end);
    this.#wake();
    return true;
  }

  #next(): Promise<Result> {
    const next = new Promise<Result>((resolve, reject) => {
      const asker = { resolve, reject };
      if (this.#end !== undefined) return this.#answer(asker, this.#end);
      this.#askers.push(asker);
      this.#wake();
    });
    // One who has gone meanwhile does not look at the answer.
    next.catch(() => undefined);
    return next;
  }

  #answer(asker: Asker, { failure }: { readonly failure?: Failure }): void {
    if (failure === undefined) asker.resolve(DONE);
    else asker.reject(failure.error);
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
