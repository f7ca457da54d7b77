import { once } from "node:events";
import { createInterface } from "node:readline/promises";

/** Can somebody be asked? */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/**
 * Ask somebody at the terminal. Anything but a yes is a no.
 *
 * @throws the signal's reason.
 */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  // Not as a terminal: in raw mode, Ctrl-C would be a character.
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  try {
    const answer = await Promise.race([
      lines.question(question, { signal }),
      once(lines, "close", { signal }).then(() => ""),
    ]);
    return /^\s*y(?:es)?\s*$/i.test(answer);
  } finally {
    lines.close();
  }
}
