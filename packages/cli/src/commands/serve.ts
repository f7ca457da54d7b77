import { once } from "node:events";
import { resolve } from "node:path";
import type { DirectoryStore } from "@seamless/remote/directory";
import type { Hashserver } from "@seamless/remote/hashserver/node";
import type { Call, Subcommand } from "../command.ts";
import { isLoopback } from "../loopback.ts";
import { listed, printable } from "../printable.ts";
import { prepareFolder, splitFolders } from "../serve/folders.ts";
import { listenWithin } from "../serve/listen.ts";
import { openStatusFile } from "../serve/status-file.ts";
import { asFolder, LAYOUT_OPTION, type Layout, openNamed, type Store, tokenOf } from "../store.ts";
import { usable } from "../usable.ts";
import { UsageError } from "../usage.ts";

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
  patience: GRACE + 2000,
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
  const server = usable(() =>
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
