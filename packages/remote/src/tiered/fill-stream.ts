import { type Checksum, SeamlessError } from "@seamless/checksum";
import { onAbort } from "@seamless/internal/abort";
import { copyBytes } from "@seamless/internal/bytes";
import type { TieredSettings } from "./options.ts";
import { Sink, untilReady } from "./sink.ts";
import type { Tier } from "./tier.ts";

/** How far a back-fill has come; `left`: whoever gave the pieces has stopped. */
type State = "open" | "ended" | "left";

/** The back-fill of a stream while somebody reads it: the tiers get each piece before the reader has it. */
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

  constructor(checksum: Checksum, tiers: readonly Tier[], signal: AbortSignal | undefined, settings: TieredSettings) {
    this.#settings = settings;
    this.#sinks = tiers.map((tier) => {
      const release = tier.startFilling(checksum);
      const sink = new Sink(
        (pieces, stopped) => tier.store.putStream(checksum, pieces, { signal: stopped }),
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
   * Hand a piece to the tiers as soon as they have taken the one before; it is copied. Never rejects, and never takes
   * longer than the patience with them.
   */
  async give(piece: Uint8Array): Promise<void> {
    await untilReady(this.#sinks, this.#settings.stallTimeout, this.#settings.clock);
    const open = this.#sinks.filter((sink) => sink.open);
    for (const sink of open) sink.give(copyBytes(piece));
    this.#length += piece.byteLength;
    this.#watch();
  }

  /** All pieces were given, and they are right. */
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

  /** Start to wait for the next piece, or after the end for the tiers. */
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
