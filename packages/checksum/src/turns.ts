/** Somebody whose bytes have to wait for another turn. */
interface Waiter {
  readonly bytes: number;
  readonly resolve: () => void;
}

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

/**
 * Bytes that may be hashed or copied in one turn of the event loop, by all together: some milliseconds with OpenSSL, and
 * under 20 with JavaScript in a browser.
 */
export const TURN_BYTES = 2 ** 21;

// Kept as it was when the module was loaded: what waits for a turn does not wait for the fake timers of a test.
const soon = scheduler(globalThis as unknown as Host);

const waiting = new Set<Waiter>();
/** Bytes of this turn. */
let spent = 0;
let scheduled = false;

/** Resolves once everything else that is ready has run: timers, sockets, and in a page what paints it. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => soon(resolve));
}

/**
 * Ask for a part of this turn's bytes, for work that takes time for each of them. First come, first served: however many
 * work at the same time, a turn takes no longer than `TURN_BYTES` do.
 *
 * @param bytes - At most `TURN_BYTES`.
 * @returns `undefined` if it may be done at once, else what resolves when it may.
 */
export function takeTurn(bytes: number): Promise<void> | undefined {
  if (waiting.size === 0 && fits(bytes)) {
    spend(bytes);
    return undefined;
  }
  return new Promise((resolve) => void waiting.add({ bytes, resolve }));
}

const fits = (bytes: number) => spent === 0 || spent + bytes <= TURN_BYTES;

function spend(bytes: number): void {
  spent += bytes;
  if (scheduled || spent === 0) return;
  scheduled = true;
  soon(begin);
}

/** A new turn: whoever waits comes before whoever comes. */
function begin(): void {
  scheduled = false;
  spent = 0;
  for (const waiter of waiting) {
    if (!fits(waiter.bytes)) return;
    waiting.delete(waiter);
    spend(waiter.bytes);
    waiter.resolve();
  }
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
