import { once } from "node:events";
import { stat } from "node:fs/promises";
import { BlockList, isIP } from "node:net";
import { delimiter, resolve } from "node:path";
import { isSeamlessError, SeamlessError } from "@seamless/checksum";
import { fileError, makeFolder, showPath } from "@seamless/checksum/node";
import type { DirectoryStore } from "@seamless/remote/directory";
import type { Hashserver } from "@seamless/remote/hashserver/node";
import { openStatusFile } from "../files/status-file.ts";
import { UsageError, withUsageErrors } from "../program/arguments.ts";
import type { Call, Subcommand } from "../program/command.ts";
import { listed, printable } from "../program/format.ts";
import { asFolder, LAYOUT_OPTION, type Layout, openNamed, type Store, tokenOf } from "../transfer/store.ts";

const HOST = "127.0.0.1";
const PORT = 8000;
/** How long requests under way may take after Ctrl-C, in ms. */
const GRACE = 10_000;
const MOST_SECONDS = 1e9;

export const serve: Subcommand = {
  operands: "DIR",
  details: [
    "Read-only, and for this machine only, unless told otherwise. SEAMLESS_TOKEN is what clients must then present, for",
    "reading too; other users cannot see it, as they can the command line. Ctrl-C lets requests under way come to their",
    "end, for 10 s at most; a second one ends them.",
  ].join("\n"),
  options: {
    writable: "let clients put buffers; DIR is made if it is missing",
    host: { kind: "text", value: "ADDRESS", does: `listen at this address; 0.0.0.0 is all (default ${HOST})` },
    port: {
      kind: "number",
      value: "N",
      min: 0,
      max: 65_535,
      does: `listen at this port; 0 picks one (default ${PORT})`,
    },
    "port-range": {
      kind: "range",
      value: "A B",
      min: 1,
      max: 65_535,
      does: "listen at a port from A to B that is free",
    },
    token: { kind: "text", value: "TOKEN", does: "what clients must present; better in SEAMLESS_TOKEN" },
    cors: {
      kind: "list",
      value: "ORIGIN",
      does: "let web pages from there ask, or from everywhere (*); may be repeated",
    },
    "allow-host": { kind: "list", value: "NAME", does: "a name that clients know this machine by; may be repeated" },
    "trust-proxy": {
      kind: "list",
      value: "ADDRESS",
      does: "an address or network whose X-Forwarded-For tells clients apart; may be repeated",
    },
    ...LAYOUT_OPTION,
    "extra-dirs": { kind: "text", value: "A:B", does: "folders that are asked after DIR, and only read" },
    "lock-timeout": {
      kind: "number",
      value: "SECONDS",
      min: 0,
      max: MOST_SECONDS,
      fractions: true,
      does: "how long a buffer that another tool has locked is waited for (default 10)",
    },
    timeout: {
      kind: "number",
      value: "SECONDS",
      min: 0.001,
      max: MOST_SECONDS,
      fractions: true,
      does: "end when nobody has asked for anything for so long",
    },
    "status-file": {
      kind: "text",
      value: "FILE",
      does: 'a JSON object, awaited for 20 s, that gets "port" and "status": "running" or "failed"',
    },
    insecure: "let everybody in the network put buffers, without a token",
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
      // What went wrong is what counts, not that it could not be written down.
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
 * Serve until told to stop.
 *
 * @param onListening - Told the port.
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
    const fix = "set SEAMLESS_TOKEN to a secret, or say --insecure if that is what you want";
    throw new UsageError(`at ${printable(host)}, everybody in the network could put buffers: ${fix}`);
  }
  const [{ createHashserver }, store] = await Promise.all([
    import("@seamless/remote/hashserver/node"),
    openFolders(call, directory, splitFolders(texts["extra-dirs"] ?? ""), writable),
  ]);
  signal.throwIfAborted();
  const server = withUsageErrors(() =>
    createHashserver({
      store,
      writable,
      token,
      cors: lists["cors"],
      hosts: lists["allow-host"],
      trustProxy: lists["trust-proxy"],
      // Clients only hear that something is wrong.
      onError: (error) => console.report(error),
    }),
  );
  try {
    const { url, port } = await listen(call, server, host);
    await onListening(port);
    const line = `serving ${listed(store.name)} at ${url} (${writable ? "writable" : "read-only"})`;
    console.result(line, { path: directory, store: store.name, url, writable });
    const timeout = numbers["timeout"];
    await untilStopped(server, timeout, signal);
    if (!signal.aborted) console.note(`ended: nobody has asked for anything for ${timeout} s (--timeout)`);
  } finally {
    await server.close({ timeout: GRACE });
    await store.close?.();
  }
}

/** The folder, made if need be, and the others behind it. None is touched before all have a name that makes sense. */
async function openFolders(call: Call, directory: string, extra: readonly string[], writable: boolean): Promise<Store> {
  const seconds = call.numbers["lock-timeout"];
  const lockTimeout = seconds === undefined ? undefined : Math.round(seconds * 1000);
  const layout = call.texts["layout"] as Layout;
  const store = asFolder(await openNamed(directory, { writable, layout, lockTimeout }), NO_FOLDER);
  const others: DirectoryStore[] = [];
  for (const folder of extra) {
    others.push(asFolder(await openNamed(folder, { writable: false, lockTimeout }), NO_FOLDER));
  }
  await prepareFolder(store.path, directory, writable);
  for (const [i, other] of others.entries()) await prepareFolder(other.path, extra[i]!, false);
  if (others.length === 0) return store;
  const { tieredStore } = await import("@seamless/remote/tiered");
  // What they have stays where it is.
  return tieredStore([store, ...others], { write: "first", backfill: false, name: store.name });
}

const NO_FOLDER = "cannot be served: it is a hashserver itself. Serve a folder of buffers";

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
 * The folders of `--extra-dirs`, with `:` between them as in other lists of paths, or `;` as the server in Python has it.
 */
export function splitFolders(list: string): readonly string[] {
  const separator = list.includes(";") ? ";" : delimiter;
  return list
    .split(separator)
    .map((path) => path.trim())
    .filter((path) => path !== "");
}

/**
 * Make sure that a folder is there to be served.
 *
 * @param path - Absolute.
 * @param given - What was typed, for messages.
 * @param writable - Make it, if it is not.
 * @throws {SeamlessError} `NOT_FOUND`, `NOT_A_DIRECTORY` and other file codes.
 */
export async function prepareFolder(path: string, given: string, writable: boolean): Promise<void> {
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
 * Listen at the first port of a range that is free, tried in any order, so that servers that start together seldom want the same.
 *
 * @throws {SeamlessError} `IO_ERROR` if none is; what listening throws for other reasons.
 */
export async function listenWithin(
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

/** Taken, or for the system alone: another one may be free. */
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

/** Is it an address that only this machine can reach? Of names, only `localhost` is sure to be one. */
export function isLoopback(host: string): boolean {
  const version = isIP(host);
  if (version === 0) return host.toLowerCase() === "localhost";
  return LOOPBACK.check(host, version === 6 ? "ipv6" : "ipv4");
}
