import { isSeamlessError, SeamlessError } from "@seamless/checksum";
import type { Hashserver } from "@seamless/remote/hashserver/node";

type Listening = Awaited<ReturnType<Hashserver["listen"]>>;

/**
 * Listen at the first port of a range that is free, tried in any order, so that servers that start together seldom want the same.
 *
 * @throws {SeamlessError} `IO_ERROR` if none is; what listening throws for other reasons.
 */
export async function listenWithin(
  server: Hashserver,
  host: string,
  [first, last]: readonly [number, number],
  signal: AbortSignal,
): Promise<Listening> {
  for (const port of shuffled(first, last)) {
    signal.throwIfAborted();
    try {
      return await server.listen({ port, host });
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
  }
  throw new SeamlessError("IO_ERROR", `cannot listen on ${host}: no port from ${first} to ${last} is free`);
}

/** Taken, or for the system alone: another one may be free. */
function isTaken(error: unknown): boolean {
  if (!isSeamlessError(error)) return false;
  const { code } = (error.cause ?? {}) as NodeJS.ErrnoException;
  return code === "EADDRINUSE" || code === "EACCES";
}

function shuffled(first: number, last: number): readonly number[] {
  const ports = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  for (let i = ports.length - 1; i > 0; i--) {
    const other = Math.floor(Math.random() * (i + 1));
    [ports[i], ports[other]] = [ports[other]!, ports[i]!];
  }
  return ports;
}
