/** What there is of Node's `process` and of a console, each where it is. */
interface Host {
  readonly process?: { readonly emitWarning?: (message: string, options: { type: string; code: string }) => void };
  readonly console?: { readonly warn: (message: string) => void };
}

/** Warn of something that is no error, in the way of the platform: as a process warning in Node, else in the console. */
export function warn(code: string, message: string): void {
  const { process, console } = globalThis as unknown as Host;
  if (process?.emitWarning !== undefined) process.emitWarning(message, { type: "SeamlessWarning", code });
  else console?.warn(`SeamlessWarning: ${message}`);
}
