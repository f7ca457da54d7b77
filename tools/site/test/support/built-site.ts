import { execFile } from "node:child_process";
import { createReadStream, existsSync, readdirSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { workspaceRoot } from "@seamless-tools/examples";

/** Not at the top of its host: what a link or a script forgets of it shows. */
export const BASE = "/some/place/";

/**
 * Builds the site as `npm run site:build` does.
 *
 * @param out - Folder that it is written to.
 */
export function buildSite(out: string): Promise<void> {
  const npm = join(workspaceRoot, "node_modules/.bin/pnpm");
  const env = { ...process.env, NODE_ENV: "production", SITE_BASE: BASE, SITE_OUT: out };
  return new Promise((resolve, reject) => {
    execFile(npm, ["site:build"], { cwd: workspaceRoot, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error === null) resolve();
      else reject(new Error(`the site was not built:\n${stdout}${stderr}`));
    });
  });
}

/** Paths of all files of a folder, with slashes, in order. */
export function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(folder, name)).isFile())
    .map((name) => name.replaceAll("\\", "/"))
    .sort();
}

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".md": "text/markdown; charset=utf-8",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
};

/** A plain web server before a built site. */
export interface Server {
  /** URL of its start page. */
  readonly url: string;
  /** Paths of what was asked for, within the site. */
  readonly asked: string[];
  close(): void;
}

/** Serves a folder under `BASE`, as any plain web server would: files as they are, `index.html` for folders. */
export async function serveSite(folder: string): Promise<Server> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const name = decodeURIComponent(pathname);
    const path = join(folder, name.slice(BASE.length), name.endsWith("/") ? "index.html" : "");
    if (!name.startsWith(BASE) || !existsSync(path) || !statSync(path).isFile()) {
      response.writeHead(404).end();
      return;
    }
    asked.push(name.slice(BASE.length));
    response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" });
    createReadStream(path).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${BASE}`,
    asked,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
