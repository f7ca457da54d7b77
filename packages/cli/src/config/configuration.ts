import { lstat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import type { YamlPart } from "@seamless/celltypes/yaml";
import { isSeamlessError, SeamlessError } from "@seamless/checksum";
import { fileError } from "@seamless/checksum/node";
import { openRegular } from "@seamless/internal/files";
import { onWindows } from "@seamless/internal/platform";
import { showPath } from "@seamless/internal/text";
import { MEMORY_OPTIONS } from "../files/memory.ts";
import { closest } from "../program/arguments.ts";
import { printable } from "../program/format.ts";
import { isSwitch, type OptionTable, valueProblem } from "../program/options.ts";
import { LAYOUT_OPTION, type Layout, STORE_OPTIONS } from "../transfer/store.ts";
import { PARALLEL_OPTION } from "../transfer/transfers.ts";
import { homeFolder, userFolder } from "./user-folders.ts";

/** Where something stands in the configuration; line and column from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A value, and where it stands. */
interface Setting<T = string | number | boolean> {
  readonly value: T;
  readonly place: Place;
}

/** A store by its name. The token, and an address with a password, must never be printed. */
interface ConfiguredStore {
  readonly url: Setting<string>;
  readonly token?: Setting<string>;
  readonly layout?: Setting<Exclude<Layout, undefined>>;
}

/** What the configuration of a user says. */
export interface Configuration {
  /** Its path; `undefined` without a home folder. */
  readonly file: string | undefined;
  /** Is it there? */
  readonly found: boolean;
  /** May its folder not be entered, so that nobody can tell? */
  readonly hidden?: boolean;
  /** By their names, without the `@`. */
  readonly stores: ReadonlyMap<string, ConfiguredStore>;
  /** `store`, `incremental` and `parallel`, as far as they are set. */
  readonly settings: ReadonlyMap<string, Setting>;
}

/** What may be set, by the options that it stands for. Nothing that changes a checksum: a file must not do that. */
const SETTINGS: OptionTable = {
  store: STORE_OPTIONS["store"]!,
  incremental: MEMORY_OPTIONS["incremental"]!,
  ...PARALLEL_OPTION,
};
/** What a store may have. */
const STORE_SETTINGS: OptionTable = { url: STORE_OPTIONS["store"]!, token: STORE_OPTIONS["token"]!, ...LAYOUT_OPTION };

/** In bytes. */
const LARGEST = 2 ** 20;
const TAG = "tag:yaml.org,2002:";
/** Without spaces, slashes and an `@`. */
const STORE_NAME = /^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u;
/** A user's name or more before the host. */
const CREDENTIALS = /^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i;
/** What no store has in its URL, and a token may stand in. */
const QUERY = /^([a-z][a-z0-9+.-]*:\/\/[^?#]*[?#]).+$/is;

let read: Promise<Configuration> | undefined;

/**
 * The user's configuration, which is read once. Without a file it is empty.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT` with file, line and column for what it may not say, and for a secret in a file that others can
 * read; file codes if it cannot be read.
 */
export function readConfiguration(): Promise<Configuration> {
  read ??= readFile();
  return read;
}

async function readFile(): Promise<Configuration> {
  const folder = await userFolder("configuration");
  const file = folder && join(folder, "seamless", "config.yaml");
  const content = file && (await contentOf(file));
  if (!content || content === "hidden") {
    return { file, found: false, hidden: content === "hidden", stores: new Map(), settings: new Map() };
  }
  // Loaded only where there is one.
  const { parseYamlParts } = await import("@seamless/celltypes/yaml");
  const reader = new Reader(file, content.text, content.mode, await homeFolder());
  return reader.read(parseYamlParts);
}

interface Content {
  readonly text: string;
  readonly mode: number;
}

/** The text and the permissions of a file; `undefined` if it is not there. */
async function contentOf(file: string): Promise<Content | "hidden" | undefined> {
  const fault = (why: string) =>
    new SeamlessError("NOT_A_FILE", `cannot read the configuration ${showPath(file)}: ${why}`, { file });
  try {
    const { handle, stats } = await openRegular(file, (kind) => fault(`it is a ${kind}, not a regular file`));
    try {
      if (stats.size > LARGEST) {
        throw new SeamlessError(
          "TOO_LARGE",
          `${showPath(file)} is too large for a configuration: the limit is ${LARGEST} bytes`,
          { file },
        );
      }
      const text = new TextDecoder("utf-8", { fatal: true }).decode(await handle.readFile());
      return { text, mode: stats.mode };
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    // A service may run under a home folder that it may not enter; a file that is there and cannot be read is another matter.
    if (code === "EACCES" && !(await isThere(file))) return "hidden";
    if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") throw fault("it is not UTF-8");
    throw fileError(error, file, "read");
  }
}

async function isThere(file: string): Promise<boolean> {
  try {
    await lstat(file);
    return true;
  } catch {
    return false;
  }
}

/** Reads one text, and says where in it something is wrong. */
class Reader {
  readonly #file: string;
  readonly #text: string;
  readonly #mode: number;
  readonly #home: string | undefined;

  constructor(file: string, text: string, mode: number, home: string | undefined) {
    this.#file = file;
    this.#text = text;
    this.#mode = mode;
    this.#home = home;
  }

  read(parse: (text: string) => YamlPart | undefined): Configuration {
    const stores = new Map<string, ConfiguredStore>();
    const settings = new Map<string, Setting>();
    const names = ["stores", ...Object.keys(SETTINGS)];
    for (const [name, key, part] of this.#entries(this.#parsed(parse), "the configuration")) {
      if (name === "stores") {
        for (const [store, at, value] of this.#entries(part, "stores")) {
          if (!STORE_NAME.test(store))
            throw this.#fault(at, `'${printable(store)}' is no name for a store: letters, digits, . _ -`);
          stores.set(store, this.#store(value));
        }
      } else settings.set(name, this.#setting(SETTINGS, names, name, key, part));
    }
    const store = settings.get("store");
    if (store !== undefined)
      settings.set("store", { ...store, value: this.#address(store as Setting<string>, stores) });
    return { file: this.#file, found: true, stores, settings };
  }

  #parsed(parse: (text: string) => YamlPart | undefined): YamlPart | undefined {
    try {
      return parse(this.#text);
    } catch (error) {
      if (!isSeamlessError(error, "INVALID_BUFFER")) throw error;
      const index = Buffer.from(this.#text).subarray(0, error.offset).toString().length;
      const hint = this.#text[index] === "@" ? '; a value that begins with @ stands in quotes: "@prod"' : "";
      throw this.#fault({ index }, `${error.message.replace(/ \(at byte \d+\)$/, "")}${hint}`);
    }
  }

  /** The entries of a mapping: what is not there has none. */
  #entries(
    part: YamlPart | undefined,
    what: string,
  ): readonly (readonly [name: string, key: YamlPart, value: YamlPart])[] {
    if (part === undefined || part.tag === `${TAG}null`) return [];
    if (part.tag !== `${TAG}map`) throw this.#fault(part, `${what} has lines of the form NAME: VALUE`);
    const seen = new Set<string>();
    const entries: [string, YamlPart, YamlPart][] = [];
    for (let i = 0; i < part.parts.length; i += 2) {
      const [key, value] = part.parts.slice(i, i + 2) as [YamlPart, YamlPart];
      if (key.kind !== "scalar") throw this.#fault(key, "a name is expected here");
      if (seen.has(key.text)) throw this.#fault(key, `'${printable(key.text)}' is there twice`);
      seen.add(key.text);
      entries.push([key.text, key, value]);
    }
    return entries;
  }

  #store(part: YamlPart): ConfiguredStore {
    if (part.tag === `${TAG}str`)
      return { url: this.#url(this.#setting(STORE_SETTINGS, [], "url", part, part) as Setting<string>) };
    const names = Object.keys(STORE_SETTINGS);
    const found = Object.fromEntries(
      this.#entries(part, "a store").map(([name, key, value]) => [
        name,
        this.#setting(STORE_SETTINGS, names, name, key, value),
      ]),
    ) as {
      readonly url?: Setting<string>;
      readonly token?: Setting<string>;
      readonly layout?: Setting<"flat" | "prefix">;
    };
    if (found.url === undefined) throw this.#fault(part, "this store has no url");
    const { token } = found;
    if (token !== undefined) {
      if (!/^(static\+)?https?:/i.test(found.url.value))
        throw faultAt(token.place, "a token is for servers, http://… or https://…");
      this.#checkSecret(token.place);
    }
    return { ...found, url: this.#url(found.url) };
  }

  #setting(table: OptionTable, names: readonly string[], name: string, key: YamlPart, part: YamlPart): Setting {
    const option = Object.hasOwn(table, name) ? table[name] : undefined;
    if (option === undefined) {
      const near = closest(name, names);
      const hint = near === undefined ? `there are ${names.join(", ")}` : `did you mean '${near}'?`;
      throw this.#fault(key, `unknown key '${printable(name)}'; ${hint}`);
    }
    const place = this.#place(part);
    if (isSwitch(option)) {
      if (part.tag !== `${TAG}bool`) throw faultAt(place, `${name} is true or false`);
      return { value: /^(true|yes|on)$/i.test(part.text), place };
    }
    const number = option.kind === "number";
    if (!number && part.tag !== `${TAG}str`)
      throw faultAt(place, `${name} is a text; what may be read as something else stands in quotes`);
    const problem = valueProblem(option, part.text);
    if (problem !== undefined) throw faultAt(place, `${name} ${problem}`);
    return { value: number ? Number(part.text) : part.text, place };
  }

  /** The store that is used if no other is named: an address, or the name of one. */
  #address(store: Setting<string>, stores: ReadonlyMap<string, ConfiguredStore>): string {
    if (!store.value.startsWith("@")) return this.#url(store).value;
    if (stores.has(store.value.slice(1))) return store.value;
    throw faultAt(store.place, unknownStoreMessage(store.value, stores));
  }

  /** A folder must be the same wherever a command is called. */
  #url({ value, place }: Setting<string>): Setting<string> {
    if (/^[a-z][a-z0-9+.-]+:\/\/[^?#]*[?#]/i.test(value)) {
      throw faultAt(place, "the URL of a store has no query and no fragment; a token has a line of its own: token: …");
    }
    if (CREDENTIALS.test(value)) this.#checkSecret(place);
    if (/^[a-z][a-z0-9+.-]+:\/\//i.test(value) || isAbsolute(value)) return { value, place };
    const [, inHome] = /^~[/\\](.*)$/s.exec(value) ?? [];
    if (inHome === undefined)
      throw faultAt(
        place,
        `'${printable(value.replace(/[?#].*$/s, "?…"))}' is neither a URL nor a path that begins with / or ~/`,
      );
    if (this.#home === undefined) throw faultAt(place, "there is no home folder");
    return { value: join(this.#home, inHome), place };
  }

  /** Windows has no such permissions: there, the folder is the user's own. */
  #checkSecret(place: Place): void {
    const mode = this.#mode & 0o777;
    if (onWindows() || (mode & 0o077) === 0) return;
    const fix = `run chmod 600 ${showPath(this.#file)}, and change the secret if somebody may have read it`;
    throw faultAt(place, `a secret in a file that other users may read or write (mode ${mode.toString(8)}): ${fix}`);
  }

  #fault(part: Pick<YamlPart, "index">, message: string): SeamlessError {
    return faultAt(this.#place(part), message);
  }

  #place({ index }: Pick<YamlPart, "index">): Place {
    const lines = this.#text.slice(0, index).split("\n");
    return { file: this.#file, line: lines.length, column: [...lines.at(-1)!].length + 1 };
  }
}

function faultAt(place: Place, message: string): SeamlessError {
  const { file, line, column } = place;
  return new SeamlessError("INVALID_ARGUMENT", `${showPath(file)}, line ${line}, column ${column}: ${message}`, place);
}

/** What to say of a store that is not there. */
export function unknownStoreMessage(given: string, stores: ReadonlyMap<string, unknown>): string {
  const known = [...stores.keys()].map((name) => `@${name}`);
  return `there is no store ${printable(given)}; ${known.length === 0 ? "none is named" : `there are ${known.join(", ")}`}`;
}

/** What to say of a configuration that could not be read, to follow its path. */
export function missingText({ hidden }: Configuration): string {
  return hidden ? "is in a folder that may not be entered" : "is not there";
}

/** The address of a store as it may be shown: without a user's name and password, and without a query. */
export function shownAddress(url: string): string {
  return url.replace(CREDENTIALS, "$1…@").replace(QUERY, "$1…");
}
