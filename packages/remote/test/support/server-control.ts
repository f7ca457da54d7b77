import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { Checksum } from "@seamless/checksum";
import { directoryStore } from "../../src/directory/index.ts";
import { createHashserver } from "../../src/hashserver/node/server.ts";
import { fileOf, plant } from "./folder.ts";
import { startStatic } from "./static-server.ts";
import { makeTempDir, removeTempDir } from "./temp.ts";

/**
 * Makes hashservers for a page, each before a folder of its own, and writes into their folders behind their backs.
 *
 * @param origin - Of the page.
 */
export async function startControl(origin: string): Promise<{ readonly url: string; close(): Promise<void> }> {
  const places = new Map<string, { readonly folder: string; close(): Promise<void> }>();
  const orders: Readonly<Record<string, (name: string, hex: string, body: Uint8Array) => Promise<string>>> = {
    async create() {
      const folder = makeTempDir();
      const server = createHashserver({ store: directoryStore(folder), writable: true, cors: origin });
      const { url, port } = await server.listen({ port: 0 });
      const close = async () => {
        await server.close({ timeout: 0 });
        removeTempDir(folder);
      };
      places.set(String(port), { folder, close });
      return url;
    },
    /** As a plain web server shows the same folder. */
    async show(name) {
      const place = places.get(name)!;
      const shown = await startStatic(place.folder);
      const close = async () => {
        await shown.close();
        await place.close();
      };
      places.set(name, { ...place, close });
      return shown.url;
    },
    async plant(name, hex, body) {
      plant(fileOf(places.get(name)!.folder, new Checksum(hex)), body);
      return "";
    },
    async dispose(name) {
      await places.get(name)?.close();
      places.delete(name);
      return "";
    },
  };
  const server = createServer(async (request, response) => {
    const [, order = "", name = "", hex = ""] = request.url!.split("/");
    const body = await buffer(request);
    response.setHeader("access-control-allow-origin", origin);
    await orders[order]!(name, hex, body).then(
      (text) => response.end(text),
      (error) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const { close } of places.values()) await close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
