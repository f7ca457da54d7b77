// What needs `@types/node`.
import { createServer, type Server } from "node:http";
import { hashserverHandler } from "@seamless/remote/hashserver";
import { createHashserver, nodeListener } from "@seamless/remote/hashserver/node";
import { memoryStore } from "@seamless/store";

export async function serve(): Promise<string> {
  const server = createHashserver({ store: memoryStore(), writable: true });
  const { url } = await server.listen({ port: 0 });
  await server.close();
  return url;
}

export const own = (): Server => createServer(nodeListener(hashserverHandler({ store: memoryStore() })));
