import { createHashserver, type HashserverOptions } from "../../src/hashserver/node/server.ts";

/** A hashserver on a port of its own; whoever starts it closes it. */
export async function startServer(
  options: HashserverOptions,
): Promise<{ url: string; port: number; close(): Promise<void> }> {
  const server = createHashserver(options);
  const { url, port } = await server.listen({ port: 0 });
  return { url, port, close: () => server.close({ timeout: 0 }) };
}

/** Retries that do not make tests wait. */
export const FAST = { retries: { count: 1, firstDelay: 1 } } as const;
