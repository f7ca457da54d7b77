import { CacheMissError, type Checksum } from "@seamless/checksum";
import type { openStore } from "@seamless/remote";
import type { DirectoryStore } from "@seamless/remote/directory";
import { UsageError, withUsageErrors } from "../program/arguments.ts";
import type { Call } from "../program/command.ts";
import { printable } from "../program/format.ts";
import type { OptionTable } from "../program/options.ts";

export type Layout = "prefix" | "flat" | undefined;
export type Store = ReturnType<typeof openStore>;

/** Of every command that works with a folder of buffers. */
export const LAYOUT_OPTION: OptionTable = {
  layout: {
    kind: "choice",
    value: "LAYOUT",
    choices: ["prefix", "flat"],
    does: "of a folder: prefix (ab/abcd…, of a new one) or flat",
  },
};

/** Of every command that works with the store. */
export const STORE_OPTIONS: OptionTable = {
  store: { kind: "text", value: "URL", does: "a folder or a hashserver (http://…), in place of SEAMLESS_STORE" },
  ...LAYOUT_OPTION,
  token: {
    kind: "text",
    value: "TOKEN",
    does: "what a hashserver asks for; better in SEAMLESS_TOKEN, since others can see command lines",
  },
};

/**
 * Work with the store that the command line or the environment names, and close it.
 *
 * @throws {UsageError} if none is named, or it is none.
 */
export async function withStore<T>(call: Call, writable: boolean, work: (store: Store) => Promise<T>): Promise<T> {
  const url = call.texts["store"] ?? (process.env["SEAMLESS_STORE"] || undefined);
  if (url === undefined) {
    throw new UsageError("which store? set SEAMLESS_STORE, or give --store URL: a folder or a hashserver (http://…)");
  }
  return withStoreAt(call, url, writable, work);
}

/** The same with a store that is named otherwise. */
export async function withStoreAt<T>(
  call: Call,
  url: string,
  writable: boolean,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  // A token of the environment is for servers, whatever else is used beside them; one that is given for a folder is a mistake.
  const token = call.texts["token"] ?? (/^https?:/i.test(url) ? tokenOf(call) : undefined);
  const store = await openNamed(url, { writable, token, layout: call.texts["layout"] as Layout });
  try {
    return await work(store);
  } finally {
    await store.close?.();
  }
}

/** The token of the command line or the environment. Never to be printed. */
export function tokenOf({ texts }: Call): string | undefined {
  return texts["token"] ?? (process.env["SEAMLESS_TOKEN"] || undefined);
}

/**
 * The store that a command line names, not used yet.
 *
 * @throws {UsageError} if it is none, or not clearly one.
 */
export async function openNamed(url: string, options: Parameters<typeof openStore>[1]): Promise<Store> {
  // Only now: help and wrong usage need no store.
  const { openStore } = await import("@seamless/remote");
  return withUsageErrors(() => openStore(url, options));
}

/**
 * A store that has to be a folder.
 *
 * @param refusal - What a hashserver is refused with, behind its name.
 * @throws {UsageError} if it is none.
 */
export function asFolder(store: Store, refusal: string): DirectoryStore {
  if ("verify" in store) return store as DirectoryStore;
  throw new UsageError(`${printable(store.name)} ${refusal}`);
}

/** The store says that it does not have the buffer. */
export function cacheMissError(store: Store, checksum: Checksum): CacheMissError {
  return new CacheMissError(checksum, `${store.name} does not have ${checksum.hex()}`, { store: store.name });
}
