import type { SeamlessError } from "@seamless/checksum";
import { memoryStore, type Store } from "@seamless/store";
import { onTestFinished } from "vitest";
import { createHashserver, type HashserverOptions } from "../../src/hashserver/node/server.ts";

/** A server that goes away with the test. */
export interface Served {
  readonly url: string;
  readonly port: number;
  readonly server: ReturnType<typeof createHashserver>;
  /** What `onError` was told. */
  readonly errors: readonly SeamlessError[];
}

export async function serve(options: HashserverOptions): Promise<Served> {
  const errors: SeamlessError[] = [];
  const server = createHashserver({ onError: (error) => void errors.push(error), ...options });
  onTestFinished(() => server.close({ timeout: 0 }));
  const { url, port } = await server.listen({ port: 0 });
  return { url, port, server, errors };
}

/** A store in memory that does some things in another way. */
export function storeWith(other: Partial<Store>, contents = new Map<string, Uint8Array>()): Store {
  // Its own way to check would pass over those other ways.
  const { check: _, ...inner } = memoryStore({ contents });
  return { ...inner, ...other };
}

/** Waits until something is so; the test's own time limit ends it. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 2));
}
