import type { RequestListener, Server } from "node:http";
import type { Socket } from "node:net";
import { platformTimers } from "@seamless/internal/timers";

/** Between two looks for idle connections, in milliseconds. */
const IDLE_INTERVAL = 50;

/**
 * Makes the end of a server: takes no more connections, lets what is under way end, and closes the rest. To be called before the
 * server listens.
 *
 * @returns closes it; `timeout` is how long requests may still take, in milliseconds.
 */
export function closerOf(server: Server): (timeout: number) => Promise<void> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  const closeIdle = () => {
    server.closeIdleConnections();
    // One that has not asked for anything yet is not idle to Node.
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  };
  return async (timeout) => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    // Otherwise a client that has always one more question would keep us.
    for (const event of ["request", "checkContinue"]) server.prependListener(event, asLast);
    // A connection whose request has just ended is idle only now.
    const idle = setInterval(closeIdle, IDLE_INTERVAL);
    closeIdle();
    const timer = platformTimers.setTimeout(() => server.closeAllConnections(), timeout);
    await closed;
    timer.cancel();
    clearInterval(idle);
  };
}

const asLast: RequestListener = (_, response) => {
  response.setHeader("connection", "close");
};
