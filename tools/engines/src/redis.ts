import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Daemon, freePort, isInstalled, startDaemon } from "./daemon.ts";

const run = promisify(execFile);

/** A Redis server of our own. */
export interface Redis {
  /** `redis://127.0.0.1:port` */
  readonly url: string;
  readonly port: number;
  /** Ends it as at a power failure: what it has not written is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same port and the same data. */
  restart(): Promise<void>;
  /** Ends it, and removes its data. */
  stop(): Promise<void>;
}

/** What keeps Redis from being started here; `undefined` if nothing does. */
export function missingRedis(): string | undefined {
  return isInstalled("redis-server") ? undefined : "there is no redis-server here (Debian: redis-server)";
}

/**
 * Starts a Redis server on the loopback, without persistence unless it is asked for.
 *
 * @param settings - Name → value, as in its configuration file: `{ maxmemory: "64mb", appendonly: "yes" }`.
 */
export async function startRedis(settings: Readonly<Record<string, string>> = {}): Promise<Redis> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), "seamless-redis-"));
  const all = { bind: "127.0.0.1", port: String(port), dir: folder, save: "", appendonly: "no", ...settings };
  const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  const start = () => startDaemon("redis-server", args, port);
  let daemon: Daemon = await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    kill: () => daemon.kill(),
    async restart() {
      await daemon.kill();
      daemon = await start();
      await loaded(port);
    },
    async stop() {
      await daemon.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Waits until a server has read its data: until then it answers `LOADING`. */
async function loaded(port: number): Promise<void> {
  for (;;) {
    const { stdout } = await run("redis-cli", ["-p", String(port), "ping"]).catch(() => ({ stdout: "" }));
    if (stdout.trim() === "PONG") return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/**
 * Starts a cluster: so many servers that share the slots, without replicas.
 *
 * @param size - Three or more.
 */
export async function startRedisCluster(size = 3): Promise<readonly Redis[]> {
  const nodes = await Promise.all(
    Array.from({ length: size }, () => startRedis({ "cluster-enabled": "yes", "cluster-node-timeout": "2000" })),
  );
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
  try {
    await run("redis-cli", ["--cluster", "create", ...addresses, "--cluster-yes"]);
    // It says that it is done before every server knows it.
    for (const { port } of nodes) await clusterIsUp(port);
  } catch (error) {
    await Promise.all(nodes.map((node) => node.stop()));
    throw error;
  }
  return nodes;
}

async function clusterIsUp(port: number): Promise<void> {
  for (;;) {
    const { stdout } = await run("redis-cli", ["-p", String(port), "cluster", "info"]);
    if (stdout.includes("cluster_state:ok")) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
