import { type AbortOptions, untilAborted } from "@seamless/internal/abort";
import type { BytesLike } from "@seamless/internal/bytes";
import { runNextTurn } from "@seamless/internal/timers";
import { hashElsewhere } from "#platform";
import { Checksum, createSha256 } from "./checksum.ts";
import { asBytes } from "./errors.ts";

/** Work whose bytes have to wait for another turn. */
interface Waiter {
  readonly bytes: number;
  readonly resolve: () => void;
}

/**
 * Bytes that may be hashed or copied in one turn of the event loop, by all together: some milliseconds with OpenSSL, and
 * under 20 with JavaScript in a browser.
 */
export const TURN_BYTES = 2 ** 21;

const waiting = new Set<Waiter>();
/** Bytes of this turn. */
let spent = 0;
let scheduled = false;

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
  runNextTurn(begin);
}

/** Begins a turn: what has waited comes before what is new. */
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

/**
 * Do something to bytes that takes time for each of them, in slices between which others run. All who do so share the
 * turns of the event loop: none takes longer than 2 MiB do, whatever the length and however many they are.
 *
 * @param length - In bytes.
 * @param run - Called for one slice after the other: from `start` up to, and not including, `end`.
 *
 * @example
 * import { inSlices } from "@seamless/checksum";
 * const slices = [];
 * await inSlices(5_000_000, (start, end) => slices.push(end - start));
 * console.log(slices); // → [ 2097152, 2097152, 805696 ]
 */
export async function inSlices(
  length: number,
  run: (start: number, end: number) => void,
  { signal }: AbortOptions = {},
): Promise<void> {
  signal?.throwIfAborted();
  for (let start = 0; start < length; start += TURN_BYTES) {
    const end = Math.min(length, start + TURN_BYTES);
    const turn = takeTurn(end - start);
    if (turn !== undefined) {
      await turn;
      signal?.throwIfAborted();
    }
    run(start, end);
  }
}

/**
 * The checksum of bytes of any length, hashed in slices between which others run, or in browsers by WebCrypto where the page
 * has it; `Checksum.of` hashes them at once.
 *
 * @param bytes - Not to be changed meanwhile.
 * @throws {SeamlessError} `INVALID_ARGUMENT` if it is not bytes. The signal's reason when it is aborted.
 *
 * @example
 * import { Checksum, hashInSlices } from "@seamless/checksum";
 * const bytes = new Uint8Array(50_000_000);
 * console.log((await hashInSlices(bytes)).equals(Checksum.of(bytes))); // → true
 */
export async function hashInSlices(bytes: BytesLike, { signal }: AbortOptions = {}): Promise<Checksum> {
  const all = asBytes(bytes);
  signal?.throwIfAborted();
  const digest = hashElsewhere && (await untilAborted(hashElsewhere(all), signal));
  if (digest !== undefined) return new Checksum(digest);
  if (all.byteLength <= TURN_BYTES) {
    await takeTurn(all.byteLength);
    signal?.throwIfAborted();
    // A third of the time that a hash of several slices takes to be set up.
    return Checksum.of(all);
  }
  const hash = createSha256();
  await inSlices(all.byteLength, (start, end) => void hash.update(all.subarray(start, end)), { signal });
  return new Checksum(hash.digest());
}

/**
 * A copy of bytes of any length, made in slices between which others run.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT` if it is not bytes. The signal's reason when it is aborted.
 */
export async function copyInSlices(bytes: BytesLike, options: AbortOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  const all = asBytes(bytes);
  const copy = new Uint8Array(all.byteLength);
  await inSlices(all.byteLength, (start, end) => copy.set(all.subarray(start, end), start), options);
  return copy;
}
