import type { Output } from "@seamless-tools/packages";

/** A program and its arguments. */
export type Command = readonly [executable: string, ...args: string[]];

/**
 * Make sure that a command has printed this, and nothing else.
 *
 * @throws {Error} with the command, and what it printed.
 */
export function expectOutput(command: Command, found: Output, { stdout = "", stderr = "" }: Partial<Output>): void {
  if (found.stdout === stdout && found.stderr === stderr) return;
  throw new Error(
    `${command.join(" ")}: expected ${JSON.stringify({ stdout, stderr })}, and it printed ${JSON.stringify(found)}`,
  );
}
