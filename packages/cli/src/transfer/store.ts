import { CacheMissError, type Checksum } from "@seamless/checksum";
import type { openStore } from "@seamless/remote";
import type { DirectoryStore } from "@seamless/remote/directory";
import type { Store } from "@seamless/store";
import { asUsageError, UsageError } from "../program/arguments.ts";
import type { Call } from "../program/command.ts";
import { printable } from "../program/format.ts";
import type { OptionTable } from "../program/options.ts";

export type Layout = "prefix" | "flat" | undefined;

/** The option of every command that uses a folder of buffers. */
export const LAYOUT_OPTION: OptionTable = {
  layout: {
    kind: "choice",
    value: "LAYOUT",
    choices: ["prefix", "flat"],
    does: "layout of the folder: prefix (ab/abcd…, the default for a new one) or flat",
  },
};

/** The options of every command that uses the store. */
export const STORE_OPTIONS: OptionTable = {
  store: { kind: "text", value: "URL", does: "a folder or a hashserver (http://…), instead of SEAMLESS_STORE" },
  ...LAYOUT_OPTION,
  token: {
    kind: "text",
    value: "TOKEN",
    does: "token for the hashserver; better in SEAMLESS_TOKEN, since other users can see command lines",
  },
};

/** The options of commands that take one store as an operand. */
export const ONE_STORE_OPTIONS: OptionTable = { ...LAYOUT_OPTION, token: STORE_OPTIONS["token"]! };

/** The line of the help for them. */
export const ONE_STORE_HELP = "URL is a folder (a path or a file: URL), or that of another store.";

/**
 * Requires that a store can do something.
 *
 * @throws {UsageError} if it cannot.
 */
export function requireMethod(store: Store, method: "list" | "delete"): void {
  if (store[method] !== undefined) return;
  throw new UsageError(`${printable(store.name)} cannot ${method} what it has`);
}

/**
 * Opens the store that the command line or the environment names, runs work on it and closes it.
 *
 * @throws {UsageError} if no store is named, or the name is invalid.
 */
export async function withStore<T>(call: Call, writable: boolean, work: (store: Store) => Promise<T>): Promise<T> {
  const url = call.texts["store"] ?? (process.env["SEAMLESS_STORE"] || undefined);
  if (url === undefined) {
    throw new UsageError(
      "no store was given: set SEAMLESS_STORE, or use --store URL (a folder, or a hashserver: http://…)",
    );
  }
  return withStoreAt(call, url, writable, work);
}

/** Opens the store with the given name, runs work on it and closes it. */
export async function withStoreAt<T>(
  call: Call,
  url: string,
  writable: boolean,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  // A token from the environment is for servers only; one on the command line for a folder is an error.
  const token = call.texts["token"] ?? (/^https?:/i.test(url) ? tokenOf(call) : undefined);
  const store = await openNamed(url, { writable, token, layout: call.texts["layout"] as Layout });
  try {
    return await work(store);
  } finally {
    await store.close?.();
  }
}

/** The token from the command line or the environment. Must never be printed. */
export function tokenOf({ texts }: Call): string | undefined {
  return texts["token"] ?? (process.env["SEAMLESS_TOKEN"] || undefined);
}

/**
 * Opens a store by name, without using it yet.
 *
 * @throws {UsageError} if the name is invalid or ambiguous.
 */
export async function openNamed(url: string, options: Parameters<typeof openStore>[1]): Promise<Store> {
  // Loaded only here: help and usage errors need no store.
  const { openStore } = await import("@seamless/remote");
  try {
    return await openStore(url, options);
  } catch (error) {
    throw asUsageError(error);
  }
}

/**
 * Requires that a store is a folder.
 *
 * @param fault - What to say of a hashserver, after its name.
 * @throws {UsageError} if it is not a folder.
 */
export function asFolder(store: Store, fault: string): DirectoryStore {
  if ("verify" in store) return store as DirectoryStore;
  throw new UsageError(`${printable(store.name)} ${fault}`);
}

/** The error for a buffer that the store does not have. */
export function cacheMissError(store: Store, checksum: Checksum): CacheMissError {
  return new CacheMissError(checksum, `${store.name} does not have ${checksum.hex()}`, { store: store.name });
}
