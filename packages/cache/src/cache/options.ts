import { type Clock, systemClock } from "@seamless/store";
import { type CostModel, defaultCosts } from "../cost/model.ts";
import { type Cap, type Caps, capsOf } from "./caps.ts";
import { positive, positiveDuration, refuse } from "./check.ts";
import { Fades, type TemprefDefaults } from "./fade.ts";

export interface BufferCacheOptions {
  /**
   * How much a pass leaves strong, in bytes. `"auto"`: a quarter of the memory that the process may use, which in a
   * container is that of the container.
   * @default 5e9, or `hardCap` where that is less
   */
  readonly softCap?: Cap | undefined;
  /**
   * What is trimmed at once when passed, in bytes. `"auto"`: half of the memory that the process may use.
   * @default 50e9, or `softCap` where that is more
   */
  readonly hardCap?: Cap | undefined;
  /**
   * Time between two passes, in seconds; `Infinity` for none but those that `evict()` is called for. A pass drops what has
   * faded and trims to the soft cap; while there is nothing to do it costs nothing.
   * @default 2
   */
  readonly passInterval?: number | undefined;
  /** What a fading reference is like unless its taker says otherwise. */
  readonly tempref?: TemprefDefaults | undefined;
  /**
   * The interest of one counted reference; that of a fading one starts at 128.
   * @default 128
   */
  readonly referenceInterest?: number | undefined;
  /**
   * What it costs to lose a buffer.
   * @default 1, 10 or 100 units per GB by the distance of the store, 0.1 per CPU second
   */
  readonly costs?: CostModel | undefined;
  /**
   * Of how many checksums without buffer and references the cost is remembered (some 400 bytes each). Of those beyond,
   * the oldest are forgotten.
   * @default 100_000
   */
  readonly remember?: number | undefined;
  /**
   * Where time comes from.
   * @default the clock of the machine; its timers do not keep a process alive
   */
  readonly clock?: Clock | undefined;
}

export interface RoomOptions {
  /** Stops waiting when aborted; rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The options, checked and complete. */
export interface Settings {
  readonly caps: Caps;
  /** In milliseconds. */
  readonly passInterval: number;
  readonly fades: Fades;
  readonly referenceInterest: number;
  readonly costs: CostModel;
  readonly remember: number;
  readonly clock: Clock;
}

/** @throws {SeamlessError} `INVALID_ARGUMENT` for options that are none. */
export function readOptions(options: BufferCacheOptions): Settings {
  const remember = options.remember ?? 100_000;
  if (!Number.isSafeInteger(remember) || remember < 0) refuse("remember", "a whole number, 0 or more", remember);
  return {
    caps: capsOf(options.softCap, options.hardCap),
    passInterval: positiveDuration("passInterval", options.passInterval ?? 2) * 1000,
    fades: new Fades(options.tempref),
    referenceInterest: positive("referenceInterest", options.referenceInterest ?? 128),
    costs: options.costs ?? defaultCosts,
    remember,
    clock: options.clock ?? systemClock,
  };
}
