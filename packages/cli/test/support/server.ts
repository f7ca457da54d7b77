import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { afterAll } from "vitest";
import { ended, type RunOptions, start } from "./commands.ts";

const servers = new Set<ChildProcess>();

// A test that fails does not come to stop its own.
afterAll(() => {
  for (const server of servers) server.kill("SIGKILL");
});

export interface ServingOptions extends RunOptions {
  /** `null` where the arguments say. */
  readonly port?: number | null;
}

/** Start `seamless serve` on a port of its choice, and wait until it listens. */
export async function serving(args: readonly string[], { port = 0, ...options }: ServingOptions = {}) {
  const child = start("seamless serve", [...(port === null ? [] : ["--port", String(port)]), ...args], options);
  servers.add(child);
  const outcome = ended(child).finally(() => servers.delete(child));
  const first = await Promise.race([once(child.stdout!, "data"), outcome]);
  if (!Array.isArray(first)) throw new Error(`it did not listen: ${first.err}`);
  const line = String(first[0]);
  const url = /http:[^" ]*/.exec(line)![0];
  const stop = async (signal: NodeJS.Signals = "SIGINT") => {
    child.kill(signal);
    return outcome;
  };
  return { child, outcome, line, url, stop };
}
