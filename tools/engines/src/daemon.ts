import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { connect, createServer } from "node:net";
import { delimiter, join } from "node:path";

/** A server on this machine that ends with the process that has started it, even if that is killed. */
export interface Daemon {
  readonly pid: number;
  /** Ends it in the way that it asks for, and waits until it is gone. */
  stop(): Promise<void>;
  /** Ends it at once, in the middle of what it does. */
  kill(): Promise<void>;
}

/** Whether a command is on the path. */
export function isInstalled(command: string): boolean {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return folders.some((folder) => isExecutable(join(folder, command)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A port of the loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/** Most of what a server says that is kept for an error, in characters. */
const KEPT_OUTPUT = 4000;

/**
 * Starts a server in the foreground, and waits until it takes connections.
 *
 * @param port - Of the loopback.
 * @throws {Error} if it ends before it listens, with what it has said.
 */
export async function startDaemon(command: string, args: readonly string[], port: number): Promise<Daemon> {
  // The kernel ends it with its parent: a test that is killed leaves nothing running.
  const [program, ...rest] = isInstalled("setpriv")
    ? ["setpriv", "--pdeathsig", "KILL", command, ...args]
    : [command, ...args];
  const child = spawn(program!, rest, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-KEPT_OUTPUT);
    });
  }
  const kill = () => void child.kill("SIGKILL");
  process.once("exit", kill);
  const exited = once(child, "exit").then(() => void process.off("exit", kill));
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await exited;
  };
  while (!(await takesConnections(port))) {
    if (hasEnded(child)) throw new Error(`${command} has ended before it was ready: ${output}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  // Another program may have taken the port in the meantime.
  if (hasEnded(child)) throw new Error(`${command} has ended before it was ready: ${output}`);
  return { pid: child.pid!, stop: () => end("SIGTERM"), kill: () => end("SIGKILL") };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
