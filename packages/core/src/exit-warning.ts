import type { Checksum } from "@seamless/checksum";

/** How many checksums are named. */
const NAMED = 5;

/** What there is of Node's `process` elsewhere: nothing, or a part. */
interface Host {
  readonly process?: { readonly on?: (event: "exit", listener: () => void) => void };
}

/** Say so on standard error when the process ends and buffers have not been written. Does nothing in browsers. */
export function warnOnExit(unwritten: () => readonly Checksum[]): void {
  const host = (globalThis as Host).process;
  host?.on?.("exit", () => {
    const message = warning(unwritten());
    if (message !== undefined) console.error(message);
  });
}

function warning(checksums: readonly Checksum[]): string | undefined {
  const count = checksums.length;
  if (count === 0) return undefined;
  const what = count === 1 ? "a buffer was" : `${count} buffers were`;
  const names = checksums.slice(0, NAMED).map((checksum) => checksum.hex());
  if (count > NAMED) names.push("…");
  return `@seamless/core: ${what} not written to any store, call \`await close()\` before the process ends: ${names.join(", ")}`;
}
