/** What there is of it on this platform. */
interface Host {
  readonly setImmediate?: (run: () => void) => unknown;
  readonly MessageChannel?: new () => { readonly port1: Port; readonly port2: Port };
  readonly setTimeout: (run: () => void, ms: number) => unknown;
}

interface Port {
  onmessage: unknown;
  postMessage(message: unknown): void;
}

/** Not `setTimeout` where there is better: that waits for 1 ms in Node and 4 in browsers, as long as the hashing takes. */
function scheduler({ setImmediate, MessageChannel, setTimeout }: Host): (run: () => void) => void {
  if (setImmediate !== undefined) return (run) => void setImmediate(run);
  if (MessageChannel === undefined) return (run) => void setTimeout(run, 0);
  const { port1, port2 } = new MessageChannel();
  const due: (() => void)[] = [];
  port1.onmessage = () => due.shift()?.();
  return (run) => {
    due.push(run);
    port2.postMessage(undefined);
  };
}

// Kept as it was when the module was loaded: what waits for a turn does not wait for the fake timers of a test.
/** Runs something once everything else that is ready has run. */
export const runNextTurn = /* @__PURE__ */ scheduler(globalThis as unknown as Host);

/** Resolves once everything else that is ready has run: timers, sockets, and in a page what paints it. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => runNextTurn(resolve));
}
