import { SeamlessError } from "@seamless/checksum";
import { describe } from "@seamless/internal/text";
import { joinChunks, streamChunks } from "@seamless/store";
import { acceptedCodings } from "./accept.ts";
import type { GetHeader, HashserverRequest, HashserverResponse, UiFile, UiFiles } from "./requests.ts";
import { json, text } from "./responses.ts";

/** Where the page is, and what it begins with. */
const BASE = "/ui/";
const START = "index.html";

/**
 * What the page may do: run its own files, ask this server, show what it has read. No other page may frame it or hold a window
 * of it, it may send nothing elsewhere, and nothing that is stored here can become a script of it (that has no type of one).
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS = {
  "content-security-policy": POLICY,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

/** Answers what is asked of the page; `undefined` for all else. */
export type UiAnswers = (
  request: Pick<HashserverRequest, "method">,
  path: string,
  header: GetHeader,
) => Promise<HashserverResponse> | undefined;

/**
 * Gives out the files of a page below `/ui/`. The path is looked up in their table as it stands, so that nothing else can be
 * reached by it.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT`.
 */
export function uiAnswers(files: UiFiles | undefined): UiAnswers {
  if (files === undefined) return () => undefined;
  const table = new Map(Object.entries(readFiles(files)));
  return (request, path, header) => {
    // Relative, since a proxy may have the server below a path of its own.
    if (path === "/ui") return Promise.resolve(withMethods(request, () => moved("ui/")));
    if (!path.startsWith(BASE)) return undefined;
    const file = table.get(path.slice(BASE.length) || START);
    if (file === undefined) return Promise.resolve(json(404, { detail: "Not Found" }, HEADERS));
    return Promise.resolve(withMethods(request, () => answer(file, header)));
  };
}

function readFiles(files: UiFiles): UiFiles {
  if (typeof files !== "object" || files === null || !Object.hasOwn(files, START)) {
    const hint = `ui is a table of files with "${START}" among them, as @seamless/ui exports it`;
    throw new SeamlessError("INVALID_ARGUMENT", `${hint}, got ${describe(files)}`);
  }
  for (const [path, { type, etag, read }] of Object.entries(files)) {
    // They stand in headers.
    const right = /^[\x20-\x7e]+$/.test(type) && /^[\w-]+$/.test(etag) && typeof read === "function";
    if (!right) throw new SeamlessError("INVALID_ARGUMENT", `ui: ${describe(path)} is no file of a page`);
  }
  return files;
}

/** What is done by GET and HEAD alone. */
function withMethods<T extends HashserverResponse | Promise<HashserverResponse>>(
  { method }: Pick<HashserverRequest, "method">,
  run: () => T,
): T | HashserverResponse {
  const allow = "GET, HEAD";
  if (method === "OPTIONS") return { status: 204, headers: { allow, ...HEADERS }, body: null };
  if (method === "GET" || method === "HEAD") return run();
  return json(405, { detail: "Method Not Allowed" }, { allow, ...HEADERS });
}

function moved(location: string): HashserverResponse {
  return text(308, "The page is in ui/.\n", { location, ...HEADERS });
}

async function answer(file: UiFile, header: GetHeader): Promise<HashserverResponse> {
  const encodes = compresses(file) && acceptedCodings(header("accept-encoding")).includes("gzip");
  const etag = encodes ? `"${file.etag}-gzip"` : `"${file.etag}"`;
  const headers = {
    ...HEADERS,
    etag,
    // What does not say by its name which version it is, is asked for again each time.
    "cache-control": file.immutable ? "public, max-age=31536000, immutable" : "no-cache",
    vary: "accept-encoding",
  };
  if (isKnown(header("if-none-match"), etag)) return { status: 304, headers, body: null };
  const body = await (encodes ? compressed(file) : file.read());
  const length = { "content-type": file.type, "content-length": String(body.byteLength) };
  return { status: 200, headers: { ...headers, ...length, ...(encodes && { "content-encoding": "gzip" }) }, body };
}

/** Texts become a third; other files of a page are compressed already. Not every platform has the means. */
function compresses({ type }: UiFile): boolean {
  return /^(?:text\/|image\/svg|application\/json)/.test(type) && typeof CompressionStream === "function";
}

/** Files compress once. They are not built so: what one version of zlib makes is not what the next one does. */
const done = new WeakMap<UiFile, Promise<Uint8Array>>();

function compressed(file: UiFile): Promise<Uint8Array> {
  const known = done.get(file);
  if (known !== undefined) return known;
  const making = file.read().then(gzip);
  done.set(file, making);
  // The next one may be able to read it.
  making.catch(() => done.delete(file));
  return making;
}

function gzip(bytes: Uint8Array): Promise<Uint8Array> {
  const whole = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
  // Its types say that it also takes what is no array.
  const through = new CompressionStream("gzip") as ReadableWritablePair<Uint8Array, Uint8Array>;
  return joinChunks(streamChunks(whole.pipeThrough(through)));
}

/** Does the client have it already (RFC 9110, section 13.1.2)? */
function isKnown(header: string | undefined, etag: string): boolean {
  const tags = header?.split(",").map((each) => each.trim().replace(/^W\//, "")) ?? [];
  return tags.includes(etag) || tags.includes("*");
}

/** Characters of a name that a header may hold as they are (RFC 6266, in quotes). */
const PLAIN = /[^ !#-[\]-~]/g;
/** Longer names are cut, in UTF-16 units: file systems end at 255 bytes. */
const LONGEST = 80;

/**
 * The header by which a browser saves an answer in place of showing it.
 *
 * @param url - Of the request: `?filename=NAME` proposes a name.
 * @param fallback - The name, if it proposes none that can be one.
 */
export function attachment(url: string, fallback: string): Readonly<Record<string, string>> {
  const [, asked = ""] = /[?&]filename=([^&#]*)/.exec(url) ?? [];
  const name = safeName(asked) ?? fallback;
  const ascii = name.replaceAll(PLAIN, "_");
  const encoded = encodeURIComponent(name).replaceAll(/['()*!]/g, (each) => `%${each.charCodeAt(0).toString(16)}`);
  const more = ascii === name ? "" : `; filename*=UTF-8''${encoded}`;
  return { "content-disposition": `attachment; filename="${ascii}"${more}` };
}

/** A name without folders, and without characters that steer a terminal or the direction of text. */
function safeName(asked: string): string | undefined {
  let name: string;
  try {
    name = decodeURIComponent(asked);
  } catch {
    // No percent-encoded UTF-8.
    return undefined;
  }
  const last = name.split(/[/\\]/).at(-1)!;
  const clean = last.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}<>:"|?*]/gu, "_").slice(0, LONGEST);
  // A dot in front would hide the file, one behind is lost on Windows, and a surrogate may have been cut in half.
  const trimmed = clean.replace(/^[. ]+|[. ]+$|[\ud800-\udbff]$/g, "");
  return trimmed === "" ? undefined : trimmed;
}
