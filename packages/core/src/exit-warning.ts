import type { Checksum } from "@seamless/checksum";

/** The most checksums that a warning lists. */
const LISTED = 5;

/** Node's `process`; other platforms have none, or only a part of it. */
interface Host {
  readonly process?: { readonly on?: (event: "exit", listener: () => void) => void };
}

/** Warns on standard error if the process ends before all buffers are written. Does nothing in browsers. */
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
  const names = checksums.slice(0, LISTED).map((checksum) => checksum.hex());
  if (count > LISTED) names.push("…");
  return `@seamless/core: ${what} not written to any store, call \`await close()\` before the process ends: ${names.join(", ")}`;
}
