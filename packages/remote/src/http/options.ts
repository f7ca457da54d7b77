import { SeamlessError } from "@seamless/checksum";
import type { DirectoryLayout } from "../directory/types.ts";
import { checks, type HttpOptions, type HttpSettings, readHttpSettings } from "../http-client/options.ts";

/** Options of `httpStore`. */
export interface HttpStoreOptions extends HttpOptions {
  /**
   * How the folder names its files: `prefix` (`ab/abcdef…`) or `flat`.
   * @default "prefix" if the folder has the file `.HASHSERVER_PREFIX`; else each buffer is looked for both ways
   */
  readonly layout?: DirectoryLayout | undefined;
}

/** The same, with everything in its place. */
export interface HttpStoreSettings extends HttpSettings {
  readonly layout: DirectoryLayout | undefined;
}

/** @throws {SeamlessError} `INVALID_ARGUMENT`; the message has no credentials. */
export function readHttpStoreSettings(url: string | URL, options: HttpStoreOptions): HttpStoreSettings {
  const { layout } = options;
  const settings = readHttpSettings(withoutMark(url), options, "a web server");
  return {
    ...settings,
    name: options.name ?? `static+${settings.name}`,
    layout: layout === undefined ? undefined : checks.oneOf<DirectoryLayout>("layout", layout, ["prefix", "flat"]),
  };
}

/** `static+https://…` tells a web server from a hashserver, where both are named by a URL. */
function withoutMark(url: string | URL): string | URL {
  const text = url instanceof URL ? url.href : url;
  if (typeof text === "string") return text.replace(/^static\+/i, "");
  throw new SeamlessError("INVALID_ARGUMENT", "a web server is named by its URL, http://host:port");
}
