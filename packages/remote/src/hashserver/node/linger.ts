import type { IncomingMessage } from "node:http";
import { systemClock } from "@seamless/store";

/** How long a client that has its answer may go on sending, in milliseconds, and how long it may pause meanwhile. */
const LONGEST = 30_000;
const PAUSE = 5_000;

/**
 * Let a client that is still sending find its answer. A connection that is closed while bytes arrive that nobody has read
 * takes the answer with it: so what comes is thrown away, and only our half is closed behind the answer, until the client
 * has seen it (RFC 9112, section 9.6).
 */
export function linger(incoming: IncomingMessage): void {
  const { socket } = incoming;
  const closeBoth = socket.destroySoon;
  let answered = false;
  // What Node does behind the last answer on a connection.
  socket.destroySoon = () => {
    answered = true;
    socket.end();
  };
  incoming.resume();
  const began = systemClock.now();
  let before = socket.bytesRead;
  const timer = systemClock.setInterval(() => {
    const paused = socket.bytesRead === before;
    before = socket.bytesRead;
    if (paused || systemClock.now() - began >= LONGEST) socket.destroy();
  }, PAUSE);
  const end = () => {
    timer.cancel();
    socket.destroySoon = closeBoth;
    if (answered) socket.destroySoon();
  };
  incoming.once("end", end);
  incoming.once("close", end);
}
