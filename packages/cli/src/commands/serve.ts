import { once } from "node:events";
import { stat } from "node:fs/promises";
import { BlockList, isIP } from "node:net";
import { delimiter, resolve } from "node:path";
import { isSeamlessError, SeamlessError } from "@seamless/checksum";
import { fileError, makeFolder } from "@seamless/checksum/node";
import { showPath } from "@seamless/internal/text";
import type { DirectoryStore } from "@seamless/remote/directory";
import type { UiFiles } from "@seamless/remote/hashserver";
import type { Hashserver } from "@seamless/remote/hashserver/node";
import type { Coding, Store } from "@seamless/store";
import { openStatusFile } from "../files/status-file.ts";
import { UsageError, withUsageErrors } from "../program/arguments.ts";
import type { Call, Subcommand } from "../program/command.ts";
import { printable } from "../program/format.ts";
import { asFolder, configuredAs, LAYOUT_OPTION, type Layout, openNamed, tokenOf } from "../transfer/store.ts";

const HOST = "127.0.0.1";
const PORT = 8000;
/** Time for requests under way after Ctrl-C, in ms. */
const GRACE = 10_000;
const MOST_SECONDS = 1e9;

export const serve: Subcommand = {
  operands: "DIR",
  details: [
    "By default it is read-only, and only this machine can reach it. If SEAMLESS_TOKEN is set, clients must present that",
    "token, for reading too; unlike the command line, other users cannot see it. After Ctrl-C, requests under way have",
    "10 s to finish; a second Ctrl-C ends them.",
  ].join("\n"),
  options: {
    writable: "let clients put buffers; makes DIR if it is missing",
    "allow-delete": "let clients that know the token list and delete buffers",
    host: { kind: "text", value: "ADDRESS", does: `listen on this address; 0.0.0.0 is all (default ${HOST})` },
    port: {
      kind: "number",
      value: "N",
      min: 0,
      max: 65_535,
      does: `listen on this port; 0 picks a free one (default ${PORT})`,
    },
    "port-range": {
      kind: "range",
      value: "A B",
      min: 1,
      max: 65_535,
      does: "listen on a free port from A to B",
    },
    token: { kind: "text", value: "TOKEN", does: "token that clients must present; better in SEAMLESS_TOKEN" },
    cors: {
      kind: "list",
      value: "ORIGIN",
      does: "allow requests from web pages of this origin, or of all (*); may be repeated",
    },
    "allow-host": {
      kind: "list",
      value: "NAME",
      does: "another host name that clients may use for this machine; may be repeated",
    },
    "trust-proxy": {
      kind: "list",
      value: "ADDRESS",
      does: "a proxy (address or network) whose X-Forwarded-For is trusted; may be repeated",
    },
    ...LAYOUT_OPTION,
    compress: {
      kind: "choice",
      value: "CODING",
      choices: ["zstd", "gzip"],
      does: "compress what is put into DIR, where that saves at least a tenth: zstd or gzip",
    },
    "keep-encoding": "keep buffers as they are encoded when clients put them",
    "no-sync": "do not wait for the disk: the newest buffers may be lost with the machine's power",
    "extra-dirs": { kind: "text", value: "A:B", does: "more folders to read from, after DIR" },
    "lock-timeout": {
      kind: "number",
      value: "SECONDS",
      min: 0,
      max: MOST_SECONDS,
      fractions: true,
      does: "how long to wait for a buffer that another tool has locked (default 10)",
    },
    timeout: {
      kind: "number",
      value: "SECONDS",
      min: 0.001,
      max: MOST_SECONDS,
      fractions: true,
      does: "stop after this long without a request",
    },
    "status-file": {
      kind: "text",
      value: "FILE",
      does: 'wait up to 20 s for this JSON file, and add "port" and "status" ("running" or "failed") to it',
    },
    insecure: "let everyone on the network put buffers, without a token",
    ui: "give out a web page at /ui/ that shows what DIR has (needs the package @seamless/ui)",
  },
  stopTimeout: GRACE + 2000,
  example: ["$ seamless serve store --port 8000", "serving /home/me/store at http://127.0.0.1:8000/ (read-only)"].join(
    "\n",
  ),

  async run(call) {
    const { texts, signal } = call;
    const statusFile = texts["status-file"];
    const status = statusFile === undefined ? undefined : await openStatusFile(resolve(statusFile), signal);
    let runs = false;
    try {
      await serveFolder(call, async (port) => {
        await status?.running(port);
        runs = true;
      });
    } catch (error) {
      // The error itself matters more than a failure to write the status file.
      if (!runs && !(error instanceof UsageError)) {
        await status?.failed().catch((failure) => call.console.report(failure));
      }
      throw error;
    }
    return true;
  },

  async onMisuse(texts, { signal }) {
    const statusFile = texts["status-file"];
    if (statusFile !== undefined) await (await openStatusFile(resolve(statusFile), signal)).failed();
  },
};

/**
 * Serves until stopped by a signal or by `--timeout`.
 *
 * @param onListening - Called with the port.
 */
async function serveFolder(call: Call, onListening: (port: number) => Promise<void>): Promise<void> {
  const { flags, texts, lists, numbers, ranges, console, signal } = call;
  if (numbers["port"] !== undefined && ranges["port-range"] !== undefined) {
    throw new UsageError("--port and --port-range cannot both be given");
  }
  const [directory, writable] = [call.operands[0]!, flags["writable"] === true];
  const host = texts["host"] ?? HOST;
  const token = tokenOf(call);
  if (writable && token === undefined && !flags["insecure"] && !isLoopback(host)) {
    const fix = "set SEAMLESS_TOKEN to a secret, or use --insecure if that is intended";
    throw new UsageError(`at ${printable(host)}, everyone on the network could put buffers: ${fix}`);
  }
  const allowDelete = flags["allow-delete"] === true;
  if (allowDelete && (token === undefined || !writable)) {
    throw new UsageError("--allow-delete is only for use with --writable and a token (SEAMLESS_TOKEN)");
  }
  const [{ createHashserver }, ui, store] = await Promise.all([
    import("@seamless/remote/hashserver/node"),
    flags["ui"] ? loadPage() : undefined,
    openFolders(call, directory, splitFolders(texts["extra-dirs"] ?? ""), writable),
  ]);
  signal.throwIfAborted();
  const server = withUsageErrors(() =>
    createHashserver({
      store,
      writable,
      token,
      allowDelete,
      cors: lists["cors"],
      hosts: lists["allow-host"],
      trustProxy: lists["trust-proxy"],
      keepEncoding: flags["keep-encoding"],
      ui,
      // Clients are not told the details.
      onError: (error) => console.report(error),
    }),
  );
  try {
    const { url, port } = await listen(call, server, host);
    await onListening(port);
    const page = ui && `${url}ui/`;
    const line = `serving ${store.name} at ${url} (${writable ? "writable" : "read-only"})`;
    const facts = { path: directory, store: store.name, url, writable };
    console.result(page === undefined ? line : `${line}, with a web page at ${page}`, { ...facts, page });
    const timeout = numbers["timeout"];
    await untilStopped(server, timeout, signal);
    if (!signal.aborted) console.note(`stopped after ${timeout} s without a request (--timeout)`);
  } finally {
    await server.close({ timeout: GRACE });
    await store.close?.();
  }
}

/** Not a literal in `import()`: a bundler would look for it. */
const UI = "@seamless/ui";

/**
 * The files of the web page.
 *
 * @throws {SeamlessError} `UNSUPPORTED` if its package is not installed; `IO_ERROR` if that cannot be loaded.
 */
async function loadPage(): Promise<UiFiles> {
  try {
    const { files } = (await import(/* @vite-ignore */ UI)) as typeof import("@seamless/ui");
    return files;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const isMissing = /^(?:ERR_)?MODULE_NOT_FOUND$/.test(code ?? "") && message.includes(UI);
    const missing = `--ui needs the package ${UI} beside the commands: npm install --global ${UI}`;
    throw isMissing
      ? new SeamlessError("UNSUPPORTED", missing, { cause })
      : new SeamlessError("IO_ERROR", `cannot load ${UI}: install it again`, { cause });
  }
}

/**
 * Opens the folder, which is made if needed, and the extra ones. All names are checked before any folder is touched.
 */
async function openFolders(call: Call, directory: string, extra: readonly string[], writable: boolean): Promise<Store> {
  const seconds = call.numbers["lock-timeout"];
  const lockTimeout = seconds === undefined ? undefined : Math.round(seconds * 1000);
  const main = await configuredAs(directory);
  const layout = (call.texts["layout"] as Layout) ?? main.layout;
  const compress = call.texts["compress"] as Coding | undefined;
  const sync = call.flags["no-sync"] !== true;
  const store = asFolder(await openNamed(main.url, { writable, layout, lockTimeout, compress, sync }), NOT_A_FOLDER);
  const others: DirectoryStore[] = [];
  for (const folder of extra) {
    const { url } = await configuredAs(folder);
    others.push(asFolder(await openNamed(url, { writable: false, lockTimeout }), NOT_A_FOLDER));
  }
  await prepareFolder(store.path, directory, writable);
  for (const [i, other] of others.entries()) await prepareFolder(other.path, extra[i]!, false);
  if (others.length === 0) return store;
  const { tieredStore } = await import("@seamless/remote/tiered");
  // Buffers of the extra folders are not copied.
  return tieredStore([store, ...others], { write: "first", backfill: false, name: store.name });
}

const NOT_A_FOLDER = "cannot be served: it is a hashserver itself. Serve a folder of buffers";

function listen({ numbers, ranges, signal }: Call, server: Hashserver, host: string) {
  const range = ranges["port-range"];
  if (range !== undefined) return listenWithin(server, host, range, signal);
  return server.listen({ port: numbers["port"] ?? PORT, host });
}

/** @param timeout - In seconds without a request. */
async function untilStopped(server: Hashserver, timeout: number | undefined, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const controller = new AbortController();
  const stopped = once(signal, "abort", { signal: controller.signal });
  const idle = timeout === undefined ? [] : [server.idle(Math.round(timeout * 1000), { signal: controller.signal })];
  await Promise.race([stopped, ...idle]);
  for (const each of [stopped, ...idle]) each.catch(() => undefined);
  controller.abort();
}

/**
 * Splits the folders of `--extra-dirs`, separated by `:` as in other lists of paths, or by `;` as in the Python server.
 */
function splitFolders(list: string): readonly string[] {
  const separator = list.includes(";") ? ";" : delimiter;
  return list
    .split(separator)
    .map((path) => path.trim())
    .filter((path) => path !== "");
}

/**
 * Checks that a folder exists.
 *
 * @param path - Absolute path.
 * @param given - The path as typed, for messages.
 * @param writable - Make the folder if it is missing.
 * @throws {SeamlessError} `NOT_FOUND`, `NOT_A_DIRECTORY` and other file codes.
 */
async function prepareFolder(path: string, given: string, writable: boolean): Promise<void> {
  try {
    if (writable) await makeFolder(path);
    if ((await stat(path)).isDirectory()) return;
  } catch (error) {
    const other = isSeamlessError(error, "NOT_A_DIRECTORY") && error.file === path;
    if (!other) throw fileError(error, given, "serve");
  }
  const fault = `cannot serve ${showPath(given)}: it is not a directory`;
  throw new SeamlessError("NOT_A_DIRECTORY", fault, { file: given });
}

type Listening = Awaited<ReturnType<Hashserver["listen"]>>;

/**
 * Listens on a free port of a range. Ports are tried in random order, so that servers that start together seldom
 * collide.
 *
 * @throws {SeamlessError} `IO_ERROR` if no port is free; what listening throws for other reasons.
 */
async function listenWithin(
  server: Hashserver,
  host: string,
  [first, last]: readonly [number, number],
  signal: AbortSignal,
): Promise<Listening> {
  for (const port of shuffled(first, last)) {
    signal.throwIfAborted();
    try {
      return await server.listen({ port, host });
    } catch (error) {
      if (!isPortUnavailable(error)) throw error;
    }
  }
  throw new SeamlessError("IO_ERROR", `cannot listen on ${host}: no port from ${first} to ${last} is free`);
}

/** The port is in use, or reserved for privileged users: another one may work. */
function isPortUnavailable(error: unknown): boolean {
  if (!isSeamlessError(error)) return false;
  const { code } = (error.cause ?? {}) as NodeJS.ErrnoException;
  return code === "EADDRINUSE" || code === "EACCES";
}

function shuffled(first: number, last: number): readonly number[] {
  const ports = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  for (let i = ports.length - 1; i > 0; i--) {
    const other = Math.floor(Math.random() * (i + 1));
    [ports[i], ports[other]] = [ports[other]!, ports[i]!];
  }
  return ports;
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

/** Can only this machine reach the address? The only name accepted is `localhost`. */
export function isLoopback(host: string): boolean {
  const version = isIP(host);
  if (version === 0) return host.toLowerCase() === "localhost";
  return LOOPBACK.check(host, version === 6 ? "ipv6" : "ipv4");
}
