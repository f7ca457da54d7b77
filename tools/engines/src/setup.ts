import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestProject } from "vitest/node";
import { type CephCluster, startCeph } from "./ceph.ts";

// What takes long to start is started once for all test files, by the first that asks for it. It belongs to the runner, not
// to one of its workers: those end with their file. They ask the runner by HTTP.

declare module "vitest" {
  interface ProvidedContext {
    /** Where the runner answers. */
    engines: string;
  }
}

/** Of Vitest: `globalSetup: ["@seamless-tools/engines/setup"]` in the configuration of a project. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let cluster: ReturnType<typeof startCeph> | undefined;
  const server = createServer((request, response) => {
    const answer = (status: number, value: unknown) => response.writeHead(status).end(JSON.stringify(value));
    if (request.url !== "/ceph") return void answer(404, "there is no such engine");
    cluster ??= startCeph();
    cluster.then(
      ({ stop: _, ...facts }) => answer(200, facts),
      (error: Error) => answer(500, error.message),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  project.provide("engines", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return async () => {
    server.close();
    server.closeAllConnections();
    await cluster?.then(
      ({ stop }) => stop(),
      () => undefined,
    );
  };
}

/**
 * The Ceph cluster of this run of tests, started when the first test asks for it.
 *
 * @param engines - `inject("engines")` of Vitest.
 */
export async function sharedCeph(engines: string): Promise<CephCluster> {
  const response = await fetch(`${engines}/ceph`);
  const answer: unknown = await response.json();
  if (!response.ok) throw new Error(`Ceph could not be started: ${String(answer)}`);
  return answer as CephCluster;
}
