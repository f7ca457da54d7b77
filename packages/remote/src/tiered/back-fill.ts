import { type Checksum, type ProvenBytes, SeamlessError } from "@seamless/checksum";
import { onAbort } from "@seamless/internal/abort";
import { copyBytes } from "@seamless/internal/bytes";
import { putTo } from "@seamless/store";
import { Attempt, Sink, untilReady } from "./attempt.ts";
import type { Tier, TieredSettings, WriteChunks } from "./tier.ts";

/** Whole buffers that are written at once. */
const AT_ONCE = 4;
/** In bytes, of the buffers that are being written or wait for it; a buffer beyond that is not back-filled. */
const MOST_BYTES = 2 ** 26;
/** In bytes: what the shortest buffer counts, so that there is no end of empty ones. */
const LEAST_BYTES = 1024;
/** Streams that are back-filled at once. */
const MOST_STREAMS = 16;

interface BufferFill {
  readonly bytes: ProvenBytes;
  readonly tiers: readonly { readonly tier: Tier; readonly release: () => void }[];
  /** What it counts, in bytes. */
  readonly weight: number;
}

/** Keeps in faster tiers what slower ones gave, behind the reader's back: it neither delays nor fails anything. */
export class BackFill {
  readonly #settings: TieredSettings;
  readonly #queue: BufferFill[] = [];
  readonly #streams = new Set<FillStream>();
  #running = 0;
  /** Of the jobs that hold memory, in bytes. */
  #weight = 0;
  #closed = false;
  #idle: (() => void)[] = [];

  constructor(settings: TieredSettings) {
    this.#settings = settings;
  }

  /**
   * Keep a buffer, in the background.
   *
   * @param bytes - Not copied: the fill fails if they are changed.
   * @returns whether there is anything to do.
   */
  fill(bytes: ProvenBytes, tiers: readonly Tier[]): boolean {
    const { checksum, length } = bytes;
    const wanting = this.#wanting(checksum, tiers);
    if (wanting.length === 0) return false;
    const weight = Math.max(length, LEAST_BYTES);
    if (this.#closed || this.#weight + weight > MOST_BYTES) {
      skip(wanting);
      return false;
    }
    this.#weight += weight;
    const started = wanting.map((tier) => ({ tier, release: tier.startFilling(checksum) }));
    this.#queue.push({ bytes, tiers: started, weight });
    this.#pump();
    return true;
  }

  /**
   * Keep what a reader is about to read.
   *
   * @param write - Gives the chunks to a tier.
   */
  stream(
    checksum: Checksum,
    tiers: readonly Tier[],
    signal: AbortSignal | undefined,
    write: WriteChunks = (store, chunks, given) => store.putStream(checksum, chunks, { signal: given }),
  ): FillStream | undefined {
    const wanting = this.#wanting(checksum, tiers);
    if (wanting.length === 0) return undefined;
    if (this.#closed || this.#streams.size >= MOST_STREAMS) {
      skip(wanting);
      return undefined;
    }
    const stream = new FillStream(checksum, wanting, signal, write, this.#settings);
    this.#streams.add(stream);
    void stream.over.then(() => {
      this.#streams.delete(stream);
      this.#rest();
    });
    return stream;
  }

  /** Take nothing more; resolves when nothing is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    const reason = new SeamlessError("INVALID_STATE", `${this.#settings.name} was closed`);
    for (const stream of this.#streams) stream.leave(reason);
    if (this.#busy) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  get #busy(): boolean {
    return this.#running + this.#queue.length + this.#streams.size > 0;
  }

  /** Two writes of one buffer to one tier would be one too many, and so is one that is refused again. */
  #wanting(checksum: Checksum, tiers: readonly Tier[]): readonly Tier[] {
    const free = tiers.filter((tier) => !tier.isFilling(checksum));
    skip(free.filter((tier) => !tier.fillable));
    return free.filter((tier) => tier.fillable);
  }

  #pump(): void {
    while (this.#running < AT_ONCE) {
      const job = this.#queue.shift();
      if (job === undefined) break;
      this.#running++;
      void this.#run(job).then(() => {
        this.#running--;
        this.#pump();
      });
    }
    this.#rest();
  }

  #rest(): void {
    if (this.#busy) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #run({ bytes, tiers, weight }: BufferFill): Promise<void> {
    const { checksum, length } = bytes;
    const attempts = tiers.map(({ tier, release }) => {
      const attempt = new Attempt(async (signal) => {
        await putTo(tier.store, bytes, { signal });
        await tier.recheck(checksum, signal);
      });
      void attempt.settled.then(release);
      return attempt;
    });
    // One that was given up may still hold the bytes, if its tier ignores the signal.
    void Promise.all(attempts.map(({ settled }) => settled)).then(() => {
      this.#weight -= weight;
    });
    await Promise.all(tiers.map(({ tier }, at) => this.#end(tier, checksum, length, attempts[at]!)));
  }

  async #end(tier: Tier, checksum: Checksum, length: number, attempt: Attempt): Promise<void> {
    const { clock, backfillTimeout } = this.#settings;
    const failure = await attempt.outcomeWithin(backfillTimeout, clock);
    if (failure === undefined) tier.filled(length);
    else tier.fillFailed(checksum, failure.error);
  }
}

function skip(tiers: readonly Tier[]): void {
  for (const tier of tiers) tier.fillSkipped();
}

/** How far a back-fill has come; `left`: the source was abandoned. */
type State = "open" | "ended" | "left";

/** The back-fill of a stream while it is read: the tiers get each chunk before the reader has it. */
export class FillStream {
  /** Comes when the tiers are done, or given up. Never rejects. */
  readonly over: Promise<void>;
  readonly #sinks: readonly Sink[];
  readonly #settings: TieredSettings;
  readonly #forget: () => void;
  #state: State = "open";
  #length = 0;
  #isOver = false;
  #idle: { cancel(): void } | undefined;

  constructor(
    checksum: Checksum,
    tiers: readonly Tier[],
    signal: AbortSignal | undefined,
    write: WriteChunks,
    settings: TieredSettings,
  ) {
    this.#settings = settings;
    this.#sinks = tiers.map((tier) => {
      const release = tier.startFilling(checksum);
      const sink = new Sink(
        (chunks, stopped) => write(tier.store, chunks, stopped),
        (stopped) => tier.recheck(checksum, stopped),
      );
      void sink.settled.then(release);
      return sink;
    });
    this.over = Promise.all(tiers.map((tier, at) => this.#end(tier, checksum, this.#sinks[at]!))).then(() => {
      this.#isOver = true;
      this.#idle?.cancel();
      this.#forget();
    });
    this.#forget = onAbort(signal, () => this.leave(signal?.reason));
    this.#watch();
  }

  /**
   * Hand a chunk to the tiers as soon as they have taken the one before; it is copied. Never rejects, and never takes
   * longer than the patience with them.
   */
  async give(chunk: Uint8Array): Promise<void> {
    await untilReady(this.#sinks, this.#settings.stallTimeout, this.#settings.clock);
    const open = this.#sinks.filter((sink) => sink.open);
    for (const sink of open) sink.give(copyBytes(chunk));
    this.#length += chunk.byteLength;
    this.#watch();
  }

  /** All chunks were given, and they are right. */
  end(): void {
    if (this.#state !== "open") return;
    this.#state = "ended";
    for (const sink of this.#sinks) sink.end();
    this.#watch();
  }

  /** There will be no end: the tiers are to keep nothing. After `end`, nothing happens. */
  leave(reason: unknown): void {
    if (this.#state !== "open") return;
    this.#state = "left";
    for (const sink of this.#sinks) sink.giveUp(reason);
  }

  /** Start to wait for the next chunk, or after the end for the tiers. */
  #watch(): void {
    this.#idle?.cancel();
    if (this.#isOver) return;
    const { clock, backfillTimeout } = this.#settings;
    this.#idle = clock.setTimeout(() => {
      const reason = new SeamlessError("STORE_FAILED", `nothing happened for ${backfillTimeout} ms`);
      this.leave(reason);
      for (const sink of this.#sinks) sink.giveUp(reason);
    }, backfillTimeout);
  }

  async #end(tier: Tier, checksum: Checksum, sink: Sink): Promise<void> {
    const failure = await sink.outcome;
    if (failure === undefined) tier.filled(this.#length);
    else if (this.#state === "left") tier.fillSkipped();
    else tier.fillFailed(checksum, failure.error);
  }
}
