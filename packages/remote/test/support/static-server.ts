import { once } from "node:events";
import { createReadStream, statSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";

/** Answers a request itself, and says so by `true`. */
export type Special = (request: IncomingMessage, response: ServerResponse) => boolean | undefined;

/** A web server as plain as can be: shows the files of a folder, and knows ranges. */
export async function startStatic(folder: string, special: Special = () => false) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("access-control-allow-headers", "*");
    if (request.method === "OPTIONS") return void response.writeHead(204).end();
    if (special(request, response)) return;
    const path = join(folder, decodeURIComponent(request.url!));
    let size: number;
    try {
      const stats = statSync(path);
      if (!stats.isFile()) throw new Error("a folder");
      size = stats.size;
    } catch {
      return void response.writeHead(404, { "content-type": "text/html" }).end("<h1>Not found</h1>");
    }
    const [, first = -1, last = size - 1] = /^bytes=(\d+)-(\d+)?$/.exec(request.headers.range ?? "") ?? [];
    const [from, end] = [Number(first), Math.min(Number(last), size - 1)];
    if (from >= size && size > 0) return void response.writeHead(416, { "content-range": `bytes */${size}` }).end();
    const isPart = from >= 0 && size > 0;
    const [start, stop] = isPart ? [from, end] : [0, size - 1];
    response.writeHead(isPart ? 206 : 200, {
      "content-type": "application/octet-stream",
      "content-length": stop + 1 - start,
      ...(isPart && { "content-range": `bytes ${start}-${stop}/${size}` }),
    });
    if (request.method === "HEAD" || size === 0) return void response.end();
    createReadStream(path, { start, end: stop }).pipe(response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    requests,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
