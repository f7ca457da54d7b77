import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

/** A file of the page. */
export interface UiFile {
  /** Its `Content-Type`. */
  readonly type: string;
  /** SHA-256 of its bytes, as base64url: for an `ETag`. */
  readonly etag: string;
  /** Does its name change when its bytes do? Then caches may keep it forever. */
  readonly immutable: boolean;
  /**
   * Its bytes. They are read once, and are the same ones each time: nobody may change them.
   *
   * @throws {Error} if the file is missing, or is not the one that was built.
   */
  readonly read: () => Promise<Uint8Array>;
}

/** The files of the page by their paths, as they stand in its URLs; the page itself is `index.html`. */
export type UiFiles = Readonly<Record<string, UiFile>>;

/** What was built, as JSON, written in here by the build. */
declare const TABLE: string;

type Table = Readonly<Record<string, readonly [type: string, sha256: string]>>;

/**
 * The web page of `seamless serve --ui`, for a server that gives it out below `/ui/`, beside the buffers that the page asks
 * it for.
 *
 * @example
 * import { files } from "@seamless/ui";
 * import { createHashserver } from "@seamless/remote/hashserver/node";
 * import { directoryStore } from "@seamless/remote/directory";
 * const server = createHashserver({ store: directoryStore("buffers", { writable: false }), ui: files });
 * const { url } = await server.listen({ port: 0 });
 * console.log((await fetch(`${url}ui/`)).headers.get("content-type")); // → text/html; charset=utf-8
 * await server.close();
 */
export const files: UiFiles = /* @__PURE__ */ Object.fromEntries(
  Object.entries(JSON.parse(TABLE) as Table).map(([path, [type, sha256]]) => [path, fileOf(path, type, sha256)]),
);

function fileOf(path: string, type: string, sha256: string): UiFile {
  let reading: Promise<Uint8Array> | undefined;
  const read = () => {
    reading ??= readBuilt(path, sha256).catch((error) => {
      // The next one may find it.
      reading = undefined;
      throw error;
    });
    return reading;
  };
  return { type, etag: sha256, immutable: path !== "index.html", read };
}

async function readBuilt(path: string, sha256: string): Promise<Uint8Array> {
  const bytes = await readFile(new URL(`./site/${path}`, import.meta.url));
  if (createHash("sha256").update(bytes).digest("base64url") === sha256) return bytes;
  throw new Error(`${path} of @seamless/ui is not the file that was built: install the package again`);
}
