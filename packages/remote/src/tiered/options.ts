import { SeamlessError } from "@seamless/checksum";
import { describe } from "@seamless/internal/text";
import type { Timers } from "@seamless/internal/timers";
import { type Store, systemClock } from "@seamless/store";
import type { TieredStoreOptions, WritePolicy } from "./types.ts";

/** The options, checked and complete. */
export interface TieredSettings {
  readonly stores: readonly Store[];
  readonly write: WritePolicy;
  readonly backfill: boolean;
  readonly name: string;
  readonly readTimeout: number;
  readonly writeTimeout: number;
  readonly stallTimeout: number;
  readonly backfillTimeout: number;
  readonly clock: Timers;
}

const POLICIES: readonly WritePolicy[] = ["all", "first"];
const METHODS = ["has", "lengths", "get", "getStream", "put", "putStream"] as const;

/** @throws {SeamlessError} `INVALID_ARGUMENT` for tiers and options that are none. */
export function readOptions(tiers: readonly Store[], options: TieredStoreOptions): TieredSettings {
  const stores = readTiers(tiers);
  const { write = "all", backfill = true, name } = options;
  if (!POLICIES.includes(write)) refuse("write", `one of ${POLICIES.join(", ")}`, write);
  if (typeof backfill !== "boolean") refuse("backfill", "true or false", backfill);
  if (name !== undefined && typeof name !== "string") refuse("name", "a text", name);
  return {
    stores,
    write,
    backfill,
    name: name ?? `tiered(${stores.map((store) => store.name).join(", ")})`,
    readTimeout: milliseconds("readTimeout", options.readTimeout ?? 120_000),
    writeTimeout: milliseconds("writeTimeout", options.writeTimeout ?? 720_000),
    stallTimeout: milliseconds("stallTimeout", options.stallTimeout ?? 5_000),
    backfillTimeout: milliseconds("backfillTimeout", options.backfillTimeout ?? 60_000),
    clock: options.clock ?? systemClock,
  };
}

function readTiers(tiers: readonly Store[]): readonly Store[] {
  if (!Array.isArray(tiers) || tiers.length === 0) refuse("tiers", "a list of stores, one at least", tiers);
  const stores = Object.freeze([...tiers]);
  for (const [at, store] of stores.entries()) {
    if (!isStore(store)) refuse(`tier ${at}`, "a store", store);
    // Two writers of one buffer in one place would wait for each other.
    if (stores.indexOf(store) !== at) refuse(`tier ${at}`, "another store than those before it", store.name);
  }
  return stores;
}

function isStore(value: Partial<Store> | null | undefined): boolean {
  return typeof value?.name === "string" && METHODS.every((method) => typeof value[method] === "function");
}

function milliseconds(name: string, value: unknown): number {
  if (typeof value === "number" && value > 0) return value;
  return refuse(name, "a number over 0", value);
}

function refuse(name: string, wanted: string, value: unknown): never {
  throw new SeamlessError("INVALID_ARGUMENT", `${name} is ${wanted}, got ${describe(value)}`);
}
