import { type Clock, systemClock } from "@seamless/store";
import { type CostModel, defaultCosts } from "../cost/model.ts";
import { checks } from "../errors.ts";
import { Fades, type TemprefDefaults } from "./references.ts";

/** The limits, costs and clock of a cache. */
export interface BufferCacheOptions {
  /**
   * How much a pass leaves strong, in bytes. `"auto"`: a quarter of the memory that the process may use, which in a
   * container is that of the container.
   * @default 5e9, or `hardCap` where that is less
   */
  readonly softCap?: Cap | undefined;
  /**
   * More than this is trimmed at once, in bytes. `"auto"`: half of the memory that the process may use.
   * @default 50e9, or `softCap` where that is more
   */
  readonly hardCap?: Cap | undefined;
  /**
   * Time between two passes, in milliseconds; `Infinity` for none but those that `evict()` is called for. A pass drops what has
   * faded and trims to the soft cap; while there is nothing to do it costs nothing.
   * @default 2000
   */
  readonly passInterval?: number | undefined;
  /** The defaults of fading references. */
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
   * Of how many checksums without buffer and references the cost is remembered (some 200 bytes each, 800 if it can be
   * computed). Of those beyond, the oldest are forgotten.
   * @default 100_000
   */
  readonly remember?: number | undefined;
  /**
   * Where time comes from.
   * @default the clock of the machine; its timers do not keep a process alive
   */
  readonly clock?: Clock | undefined;
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

/** @throws {SeamlessError} `INVALID_ARGUMENT` for wrong options. */
export function readOptions(options: BufferCacheOptions): Settings {
  return {
    caps: capsOf(options.softCap, options.hardCap),
    passInterval: checks.positiveDuration("passInterval", options.passInterval ?? 2000),
    fades: new Fades(options.tempref),
    referenceInterest: checks.positive("referenceInterest", options.referenceInterest ?? 128),
    costs: options.costs ?? defaultCosts,
    remember: checks.wholeNumber("remember", options.remember ?? 100_000),
    clock: options.clock ?? systemClock,
  };
}

/** How many bytes may be strong. */
export interface Caps {
  /** Each pass trims to it, in bytes. */
  readonly soft: number;
  /** More than this is trimmed at once, in bytes. */
  readonly hard: number;
}

/** Bytes, or a share of the memory that the process may use. */
export type Cap = number | "auto";

const SOFT = 5e9;
const HARD = 50e9;
/** Parts of the memory that the process may use: buffers are not all that a program holds. */
const AUTO_SOFT = 1 / 4;
const AUTO_HARD = 1 / 2;
/** In bytes; assumed where the platform does not say, as most browsers do not. */
const ASSUMED_MEMORY = 4e9;

/**
 * The caps in bytes. One that is not given stays on the right side of the one that is.
 *
 * @param memory - Bytes that the process may use; asked for only if needed.
 * @throws {SeamlessError} `INVALID_ARGUMENT` if one is not over 0, or the soft one over the hard one.
 */
export function capsOf(soft: Cap | undefined, hard: Cap | undefined, memory: () => number = usableMemory): Caps {
  const softBytes =
    soft === "auto" ? memory() * AUTO_SOFT : soft === undefined ? undefined : checks.positive("softCap", soft);
  const hardBytes =
    hard === "auto" ? memory() * AUTO_HARD : hard === undefined ? undefined : checks.positive("hardCap", hard);
  const caps = {
    soft: softBytes ?? Math.min(SOFT, hardBytes ?? SOFT),
    hard: hardBytes ?? Math.max(HARD, softBytes ?? HARD),
  };
  if (caps.soft > caps.hard) checks.fail("softCap", `at most hardCap (${caps.hard} bytes)`, caps.soft);
  return caps;
}

/** What only some platforms have. */
interface Platform {
  readonly process?: {
    constrainedMemory?(): number;
    getBuiltinModule?(name: "node:os"): { totalmem(): number } | undefined;
  };
  /** `deviceMemory` is in GiB, and at most 8. */
  readonly navigator?: { readonly deviceMemory?: number };
}

/**
 * How much memory this process may use, in bytes: that of the machine, or of the container where it is less.
 *
 * @param platform - For tests.
 */
export function usableMemory(platform: unknown = globalThis): number {
  const { process, navigator } = platform as Platform;
  const known = [
    // 0 where there is no limit, or an absurd number.
    process?.constrainedMemory?.(),
    process?.getBuiltinModule?.("node:os")?.totalmem(),
    navigator?.deviceMemory === undefined ? undefined : navigator.deviceMemory * 2 ** 30,
  ].filter((bytes) => bytes !== undefined && bytes > 0);
  return known.length === 0 ? ASSUMED_MEMORY : Math.min(...(known as number[]));
}
