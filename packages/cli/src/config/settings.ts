import { showPath } from "@seamless/internal/text";
import { type Arguments, UsageError } from "../program/arguments.ts";
import { printable } from "../program/format.ts";
import { CONFIGURABLE, type OptionTable } from "../program/options.ts";
import type { StoreAddress } from "../transfer/store.ts";
import { missingText, readConfiguration, unknownStoreMessage } from "./configuration.ts";

/** Variables of the environment that options have, which count before the configuration. */
export const VARIABLES: Readonly<Record<string, string>> = {
  store: "SEAMLESS_STORE",
  token: "SEAMLESS_TOKEN",
  incremental: "SEAMLESS_INCREMENTAL",
};

/** Is an option set by its variable? An empty one is none. */
export function inEnvironment(name: string): boolean {
  const variable = VARIABLES[name];
  return variable !== undefined && Boolean(process.env[variable]);
}

/**
 * Adds what the configuration says of options that were not given.
 *
 * @param options - Those of the command.
 * @throws {SeamlessError} as `readConfiguration`, which is called only if one of them is open.
 */
export async function withConfigured(options: OptionTable, parsed: Arguments): Promise<Arguments> {
  const open = CONFIGURABLE.filter(
    (name) => Object.hasOwn(options, name) && !parsed.given.includes(name) && !inEnvironment(name),
  );
  if (open.length === 0) return parsed;
  const { settings } = await readConfiguration();
  const flags = { ...parsed.flags };
  const numbers = { ...parsed.numbers };
  for (const name of open) {
    const value = settings.get(name)?.value;
    if (typeof value === "boolean") flags[name] = value;
    if (typeof value === "number") numbers[name] = value;
  }
  return { ...parsed, flags, numbers };
}

/** The store that the configuration names for when nothing else does. */
export async function configuredStore(): Promise<string | undefined> {
  const { settings } = await readConfiguration();
  return settings.get("store")?.value as string | undefined;
}

/**
 * The store of a name.
 *
 * @param given - `@NAME`.
 * @throws {UsageError} if the configuration has none; {SeamlessError} as `readConfiguration`.
 */
export async function namedStore(given: string): Promise<StoreAddress> {
  const configuration = await readConfiguration();
  const { file, found, stores } = configuration;
  const store = stores.get(given.slice(1));
  if (store !== undefined) return { url: store.url.value, token: store.token?.value, layout: store.layout?.value };
  const where =
    file === undefined
      ? "there is no home folder: set XDG_CONFIG_HOME"
      : found
        ? `in ${showPath(file)}`
        : `${showPath(file)} ${missingText(configuration)}`;
  throw new UsageError(
    `${unknownStoreMessage(given, stores)} (${where}); a folder of that name is ./${printable(given)}`,
  );
}
