import type { CacheStats, DisposalReason, Pressure } from "@seamless/cache";
import { MEGABYTE, type Origin, type Toy } from "./toys.ts";

const STORES = { folder: "in a local folder", local: "in a store nearby", remote: "in a remote store" } as const;

/** From where a buffer can be had again. */
export function describeOrigin(origin: Origin): string {
  if (origin === undefined) return "the only copy";
  return "store" in origin ? STORES[origin.store] : `computed in ${origin.cpuSeconds} s`;
}

export function showMegabytes(bytes: number): string {
  return `${Math.round(bytes / MEGABYTE)} MB`;
}

/** An interest, or a loss per GB in units: in few digits, as they stand side by side. */
export function showNumber(value: number): string {
  if (value === Infinity) return "∞";
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(2)));
}

/** Simulated time, in milliseconds. */
export function showTime(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** What a cache tells of a buffer that it holds no longer, and why. */
interface Disposed {
  readonly toy: Toy;
  readonly reason: DisposalReason;
  /** Of losing it, in units per GB. */
  readonly loss: number;
  /** Of the cache, just after. */
  readonly stats: CacheStats;
}

/** Why a buffer is no longer held, by reason. */
const REASONS: Readonly<Record<DisposalReason, (disposed: Disposed) => string>> = {
  released: () => "its last reference was given back. It is weak now: the garbage collector may take it.",
  faded: () =>
    "its interest has faded, and it has no other reference. It is weak now: the garbage collector may take it.",
  evicted({ toy, loss, stats }) {
    const held = stats.strong.bytes + toy.size * MEGABYTE;
    const [cap, bytes] = held > stats.hardCap ? ["hard", stats.hardCap] : ["soft", stats.softCap];
    const why =
      loss === Infinity
        ? "nothing else may be evicted, and its fading reference does not protect an only copy"
        : `losing it costs the least, ${showNumber(loss)} units per GB`;
    return `${showMegabytes(held)} were held, over the ${cap} cap of ${showMegabytes(bytes)}; ${why}.`;
  },
  collected: () => "the garbage collector has taken it.",
};

const VERBS: Readonly<Record<DisposalReason, string>> = {
  released: "is released",
  faded: "has faded",
  evicted: "is evicted",
  collected: "is collected",
};

/** What happened to a buffer, and why. */
export function describeDisposal(disposed: Disposed): string {
  const { toy, reason } = disposed;
  return `${toy.name} (${toy.size} MB) ${VERBS[reason]}: ${REASONS[reason](disposed)}`;
}

/** That the caps cannot be held, and why. */
export function describePressure({ cap, capBytes, fixedBytes }: Pressure): string {
  const what = `${showMegabytes(fixedBytes)} may not be evicted, over the ${cap} cap of ${showMegabytes(capBytes)}`;
  return `Pressure: ${what}. They are only copies with counted references.`;
}
