import { once } from "node:events";
import { mkdir, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { SeamlessError } from "@seamless/checksum";
import { fileError, showPath } from "@seamless/checksum/node";
import type { Subcommand } from "../command.ts";
import { isLoopback } from "../loopback.ts";
import { listed, printable } from "../printable.ts";
import { LAYOUT_OPTION, tokenOf } from "../store.ts";
import { usable } from "../usable.ts";
import { UsageError } from "../usage.ts";

const HOST = "127.0.0.1";
const PORT = 8000;
/** How long requests under way may take after Ctrl-C, in ms. */
const GRACE = 10_000;

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
    token: { kind: "text", value: "TOKEN", does: "what clients must present; better in SEAMLESS_TOKEN" },
    cors: {
      kind: "list",
      value: "ORIGIN",
      does: "let web pages from there ask, or from everywhere (*); may be repeated",
    },
    "allow-host": { kind: "list", value: "NAME", does: "a name that clients know this machine by; may be repeated" },
    ...LAYOUT_OPTION,
    insecure: "let everybody in the network put buffers, without a token",
  },
  patience: GRACE + 2000,
  example: ["$ seamless serve store --port 8000", "serving store at http://127.0.0.1:8000/ (read-only)"].join("\n"),

  async run(call) {
    const { flags, texts, lists, numbers, console, signal } = call;
    const [directory, writable] = [call.operands[0]!, flags["writable"] === true];
    const host = texts["host"] ?? HOST;
    const token = tokenOf(call);
    if (writable && token === undefined && !flags["insecure"] && !isLoopback(host)) {
      const fix = "set SEAMLESS_TOKEN to a secret, or say --insecure if that is what you want";
      throw new UsageError(`at ${printable(host)}, everybody in the network could put buffers: ${fix}`);
    }
    await prepare(directory, writable);
    signal.throwIfAborted();
    const [{ directoryStore }, { createHashserver }] = await Promise.all([
      import("@seamless/remote/directory"),
      import("@seamless/remote/hashserver/node"),
    ]);
    const layout = texts["layout"] as "prefix" | "flat" | undefined;
    const store = directoryStore(resolve(directory), { writable, layout });
    const server = usable(() =>
      createHashserver({
        store,
        writable,
        token,
        cors: lists["cors"],
        hosts: lists["allow-host"],
        // Clients only hear that something is wrong.
        onError: (error) => console.report(error),
      }),
    );
    try {
      const { url } = await server.listen({ port: numbers["port"] ?? PORT, host });
      const line = `serving ${listed(directory)} at ${url} (${writable ? "writable" : "read-only"})`;
      console.result(line, { path: directory, url, writable });
      if (!signal.aborted) await once(signal, "abort");
    } finally {
      await server.close({ timeout: GRACE });
      await store.close();
    }
    return true;
  },
};

/** @throws {SeamlessError} `NOT_FOUND`, `NOT_A_DIRECTORY` and other file codes. */
async function prepare(directory: string, writable: boolean): Promise<void> {
  try {
    if (writable) await mkdir(directory, { recursive: true });
    if ((await stat(directory)).isDirectory()) return;
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === "EEXIST";
    if (!exists) throw fileError(error, directory, "serve");
  }
  const fault = `cannot serve ${showPath(directory)}: it is not a directory`;
  throw new SeamlessError("NOT_A_DIRECTORY", fault, { file: directory });
}
