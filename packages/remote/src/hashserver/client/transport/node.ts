import { createTransport as createFetchTransport } from "./browser.ts";
import type { Transport, TransportOptions } from "./types.ts";
import { createTransport as createUndiciTransport } from "./undici.ts";

/** Through undici; but what Bun takes for `undici` is a part of it, which makes no requests: there, as in browsers. */
export function createTransport(options: TransportOptions): Transport {
  return "bun" in process.versions ? createFetchTransport(options) : createUndiciTransport(options);
}
