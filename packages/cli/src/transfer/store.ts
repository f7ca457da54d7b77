import { stat } from "node:fs/promises";
import { CacheMissError, type Checksum } from "@seamless/checksum";
import { fileError } from "@seamless/checksum/node";
import type { openStore } from "@seamless/remote";
import type { DirectoryStore } from "@seamless/remote/directory";
import type { Store } from "@seamless/store";
import { asUsageError, UsageError } from "../program/arguments.ts";
import type { Call } from "../program/command.ts";
import type { OptionTable } from "../program/options.ts";
import { atRate } from "./rate.ts";

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
  store: {
    kind: "text",
    value: "URL",
    does: "a folder, http://…, s3://…, redis://…, static+https://… or @NAME (seamless help stores)",
  },
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
  throw new UsageError(`${store.name} cannot ${method} what it has`);
}

/** The store that the command line, the environment or the configuration names, if any. */
export async function storeUrl(call: Call): Promise<string | undefined> {
  return namedUrl(call) ?? (await import("../config/settings.ts")).configuredStore();
}

/** What the command line or the environment names. */
function namedUrl({ texts }: Call): string | undefined {
  return (texts["store"] ?? process.env["SEAMLESS_STORE"]) || undefined;
}

/**
 * Opens the store that the command line, the environment or the configuration names, runs work on it and closes it.
 *
 * @throws {UsageError} if no store is named, or the name is invalid.
 */
export async function withStore<T>(call: Call, writable: boolean, work: (store: Store) => Promise<T>): Promise<T> {
  return withStoreAt(call, await requiredUrl(call), writable, work);
}

/** Opens the store when it is first needed; later the same one. */
export type StoreOpener = () => Promise<Store>;

/**
 * The same for work that may not need the store: it is opened when that asks for it, and closed at the end. A name that the
 * configuration does not have is an error also where the store is not needed.
 */
export async function withLazyStore<T>(
  call: Call,
  writable: boolean,
  work: (store: StoreOpener) => Promise<T>,
): Promise<T> {
  const named = namedUrl(call);
  if (named?.startsWith("@")) await configuredAs(named);
  let opened: Promise<Store> | undefined;
  try {
    return await work(() => {
      opened ??= requiredUrl(call).then((url) => openAt(call, url, writable));
      return opened;
    });
  } finally {
    // One that could not be opened has failed the work already.
    await opened?.then(
      (store) => store.close?.(),
      () => {},
    );
  }
}

async function requiredUrl(call: Call): Promise<string> {
  const url = await storeUrl(call);
  if (url !== undefined) return url;
  throw new UsageError(
    "no store was given: set SEAMLESS_STORE, or use --store URL (a folder, http://…, s3://…, redis://…, static+https://…); 'seamless help stores' explains them",
  );
}

/** Opens the store with the given name, runs work on it and closes it. */
export async function withStoreAt<T>(
  call: Call,
  url: string,
  writable: boolean,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const store = await openAt(call, url, writable);
  try {
    return await work(store);
  } finally {
    await store.close?.();
  }
}

async function openAt(call: Call, given: string, writable: boolean): Promise<Store> {
  const { url, ...named } = await configuredAs(given);
  // A token from the environment is for servers only; one on the command line for a folder is an error. That of a store of the
  // configuration is not replaced by one from the environment, which may be for another server.
  const token = call.texts["token"] ?? named.token ?? (/^https?:/i.test(url) ? tokenOf(call) : undefined);
  const layout = (call.texts["layout"] as Layout) ?? named.layout;
  return atRate(call, await openNamed(url, { writable, token, layout }));
}

/** What a store is called → where it is, and for `@NAME` what else the configuration says of it. */
export async function configuredAs(given: string): Promise<StoreAddress> {
  return given.startsWith("@") ? (await import("../config/settings.ts")).namedStore(given) : { url: given };
}

/** Where a store is, and how it is opened. The token must never be printed. */
export interface StoreAddress {
  readonly url: string;
  readonly token?: string | undefined;
  readonly layout?: Layout;
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
  // Loaded only here: help and usage errors need no store, and a folder none of the clients of servers. A name without a
  // colon is a folder.
  const isFolder = !url.includes(":") && options?.token === undefined;
  // The SDK's advice to take a newer Node, on nine lines of standard error, is for those who write programs with it.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  const open: typeof openStore = isFolder
    ? async (path, { token: _, ...rest } = {}) =>
        (await import("@seamless/remote/directory")).directoryStore(path, rest)
    : (await import("@seamless/remote")).openStore;
  try {
    return await open(url, options);
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
  throw new UsageError(`${store.name} ${fault}`);
}

/**
 * Requires a folder to be there. One that may be written is made by the first put, and until then has no buffers; a command
 * that puts none is given a wrong path.
 *
 * @throws {SeamlessError} `NOT_FOUND` and other file codes.
 */
export async function requireThere(store: Store): Promise<void> {
  if (!("verify" in store)) return;
  const { path } = store as DirectoryStore;
  await stat(path).catch((error: unknown) => {
    throw fileError(error, path, "read");
  });
}

/** The error for a buffer that the store does not have. */
export function cacheMissError(store: Store, checksum: Checksum): CacheMissError {
  return new CacheMissError(checksum, `${store.name} does not have ${checksum.hex()}`, { store: store.name });
}
