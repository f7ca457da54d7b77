import { type AbortOptions, untilAborted } from "@seamless/internal/abort";
import { hashElsewhere } from "#platform";
import { asBytes, type BytesLike } from "./bytes.ts";
import { Checksum } from "./checksum.ts";
import { createSha256 } from "./sha256.ts";
import { TURN_BYTES, takeTurn } from "./turns.ts";

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
    // A third of the time that a hash of several pieces takes to be set up.
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
