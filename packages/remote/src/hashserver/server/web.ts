import type { HashserverHandler } from "./types.ts";

/**
 * The handler for servers that speak in `Request` and `Response`: service workers, Deno, Bun, Hono and others.
 *
 * @example
 * import { memoryStore } from "@seamless/store";
 * import { hashserverHandler, webHandler } from "@seamless/remote/hashserver";
 * const answer = webHandler(hashserverHandler({ store: memoryStore() }));
 * const response = await answer(new Request("http://localhost/healthcheck"));
 * console.log(response.status, await response.text()); // → 200 OK
 */
export function webHandler(handler: HashserverHandler): (request: Request) => Promise<Response> {
  return async ({ method, url, headers, body, signal }) => {
    const response = await handler({ method, url, headers, body, signal });
    return new Response(response.body as BodyInit | null, {
      status: response.status,
      headers: { ...response.headers },
    });
  };
}
