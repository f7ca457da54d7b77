import { SeamlessError } from "@seamless/checksum";
import { onAbort } from "@seamless/internal/abort";
import type { RedisAddress, RedisArguments, RedisClient, RedisCluster } from "./options.ts";

/** A connection to a server, or to all nodes of a cluster. */
export interface OpenClient {
  /** @param key - One that the command is about: the node of a cluster that has it is asked. */
  send(key: string, args: RedisArguments): Promise<unknown>;
  /** Each server that has keys of its own. */
  nodes(): Promise<readonly RedisClient[]>;
  /** Ends it at once; what is under way is rejected. */
  destroy(): void;
}

/** Not a literal in `import()`: bundlers would look for an optional package, and webpack and Rollup warn if it is missing. */
const PACKAGE = "redis";

/** What is used of the package. */
interface RedisPackage {
  createClient(options: object): RedisClient & Lifecycle;
  createCluster(options: object): RedisCluster & Lifecycle;
}

interface Lifecycle {
  on(event: "error", listener: (error: unknown) => void): unknown;
  connect(): Promise<unknown>;
  destroy(): void;
}

/** Replies of the type `$` are bytes. */
const BYTES = { typeMapping: { [0x24]: Buffer } };

/**
 * Connects, once: a client that is lost is not to connect again by itself, which it would try for ever.
 *
 * @param timeout - In milliseconds.
 * @param signal - What is still connecting when it is aborted is destroyed.
 * @param onError - Told of what ends a connection: of an answer that makes no sense, nobody else is.
 * @throws {SeamlessError} `UNSUPPORTED` if the package `redis` is not installed; what that throws.
 */
export async function connectClient(
  address: RedisAddress,
  timeout: number,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<OpenClient> {
  const { createClient, createCluster } = await importRedis();
  const { host, tls, url, username, password, database } = address;
  const socket = {
    tls,
    reconnectStrategy: false,
    ...(timeout === Number.POSITIVE_INFINITY ? {} : { connectTimeout: Math.ceil(timeout) }),
  };
  const shared = {
    // The older protocol has all that is needed, and is known to every server and proxy.
    RESP: 2,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    // The client's own, 5 s, is that of what waits to be written, however fast it goes.
    commandOptions: { timeout: undefined },
  };
  const place = { host: host.replace(/^\[(.*)\]$/, "$1"), port: url.port === "" ? 6379 : Number(url.port) };
  const connect = async <C extends Lifecycle>(client: C, listener: (error: unknown) => void): Promise<C> => {
    client.on("error", listener);
    const forget = onAbort(signal, () => client.destroy());
    try {
      await client.connect();
    } finally {
      forget();
    }
    return client;
  };
  const node = { ...shared, socket: { ...socket, ...place } };
  const client = await connect(createClient({ ...node, database }), onError);
  if (!(await isCluster(client, signal))) return overNode(client, () => client.destroy());
  client.destroy();
  const defaults = { ...shared, socket };
  // One of the nodes may fail, and those that wait for it are told; without a listener the process would end.
  const cluster = await connect(createCluster({ ...shared, rootNodes: [node], defaults }), () => {});
  return overCluster(cluster, () => cluster.destroy());
}

/** @throws {SeamlessError} `UNSUPPORTED`. */
async function importRedis(): Promise<RedisPackage> {
  try {
    return await import(/* webpackIgnore: true */ /* @vite-ignore */ PACKAGE);
  } catch (cause) {
    const message = `a Redis server is talked to by the package "${PACKAGE}", version 6: install it beside (npm install ${PACKAGE})`;
    throw new SeamlessError("UNSUPPORTED", message, { cause });
  }
}

/** What a client that somebody else has connected is used through. */
export function overGiven(client: RedisClient | RedisCluster): OpenClient {
  return "masters" in client ? overCluster(client, () => {}) : overNode(client, () => {});
}

function overNode(client: RedisClient, destroy: () => void): OpenClient {
  return { send: (_, args) => client.sendCommand(args, BYTES), nodes: async () => [client], destroy };
}

function overCluster(cluster: RedisCluster, destroy: () => void): OpenClient {
  return {
    // From the node that takes writes, never from a replica, which may be behind: missing is proven absence.
    send: (key, args) => cluster.sendCommand(key, false, args, BYTES),
    nodes: () => Promise.all(cluster.masters.map((master) => cluster.nodeClient(master as never))),
    destroy,
  };
}

/** Servers before Redis 6 do not tell, nor those that let us in later; they are taken for what they are mostly. */
async function isCluster(client: RedisClient & Lifecycle, signal: AbortSignal): Promise<boolean> {
  const forget = onAbort(signal, () => client.destroy());
  try {
    const facts = (await client.sendCommand(["HELLO"])) as readonly unknown[];
    return String(facts[facts.findIndex((fact) => String(fact) === "mode") + 1]) === "cluster";
  } catch (error) {
    // An answer, no failure of the connection.
    if (client.isOpen) return false;
    throw error;
  } finally {
    forget();
  }
}
