import { showSize } from "./sizes.ts";
import { MAX_READ } from "./verdicts.ts";

/** An address that can be fetched; undefined if a text is none. */
export function parseAddress(text: string): URL | undefined {
  const trimmed = text.trim();
  if (!/^https?:\/\//i.test(trimmed) || !URL.canParse(trimmed)) return undefined;
  const url = new URL(trimmed);
  // Browsers refuse to fetch with a password in the address.
  return url.username === "" && url.password === "" ? url : undefined;
}

/** What an address may begin like before it is typed whole. */
const BEGINNINGS = ["http://", "https://"];

/** Why a text is none that can be fetched; empty while it can be, or may be going to be. */
export function whyNoAddress(text: string): string {
  const trimmed = text.trim();
  if (parseAddress(trimmed) !== undefined) return "";
  const lower = trimmed.toLowerCase();
  if (BEGINNINGS.some((beginning) => beginning.startsWith(lower))) return "";
  if (!BEGINNINGS.some((beginning) => lower.startsWith(beginning))) {
    return "An address that can be fetched begins with https:// or http://.";
  }
  return URL.canParse(trimmed)
    ? "Browsers fetch from no address with a user or a password in it."
    : "This is no address: what follows the // has to name a host.";
}

/** What a file at an address is called. */
export function nameAt(url: URL): string {
  const last = url.pathname.split("/").at(-1) ?? "";
  try {
    return decodeURIComponent(last) || url.host;
  } catch {
    return last;
  }
}

/**
 * Fetches what is at an address, and nothing else: without cookies, without telling where from, and from no other host that
 * it may lead to.
 *
 * @param onBytes - Called with the bytes that have come, and those that will have come, if it is known.
 * @throws {Error} in words for the reader of the page. The signal's reason when it is aborted.
 */
export async function fetchBlob(
  url: URL,
  onBytes: (bytes: number, total: number | undefined) => void,
  signal: AbortSignal,
): Promise<Blob> {
  const response = await request(url, signal);
  if (!response.ok) throw new Error(`${url.host} answers ${response.status} ${response.statusText}`.trimEnd());
  const total = Number(response.headers.get("content-length") ?? Number.NaN);
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  const reader = response.body?.getReader();
  try {
    for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) {
      bytes += read.value.byteLength;
      if (bytes > MAX_READ) throw new Error(`it has over ${showSize(MAX_READ)}: download it, and drop the file here`);
      chunks.push(read.value);
      onBytes(bytes, Number.isFinite(total) ? total : undefined);
    }
  } catch (error) {
    await reader?.cancel().catch(() => {});
    signal.throwIfAborted();
    if (error instanceof TypeError) throw new Error(`the connection to ${url.host} broke off after ${showSize(bytes)}`);
    throw error;
  }
  return new Blob(chunks);
}

async function request(url: URL, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { credentials: "omit", referrerPolicy: "no-referrer", redirect: "error", signal });
  } catch (cause) {
    signal.throwIfAborted();
    // The browser tells pages no more than that.
    const why = "it is down, leads to another address, or does not let pages of other sites read it (CORS)";
    throw new Error(`${url.host} could not be read: ${why}`, { cause });
  }
}
