import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import { standardError } from "./output.ts";

/** Is there a terminal to ask at? */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && standardError.isTTY;
}

/**
 * Asks a question at the terminal. Any answer but "y" or "yes" means no.
 *
 * @throws the signal's reason.
 */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  // Not in raw mode, where Ctrl-C would be a character.
  const lines = createInterface({ input: process.stdin, output: standardError.stream, terminal: false });
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
