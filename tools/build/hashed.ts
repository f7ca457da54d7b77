import crypto, { Hash } from "node:crypto";
import { syncBuiltinESMExports } from "node:module";

/** Bytes that went through SHA-256 while something was done: all at once, or slice by slice. In this thread. */
export async function countHashed(work: () => Promise<unknown>): Promise<number> {
  let hashed = 0;
  const { hash } = crypto;
  const { update } = Hash.prototype;
  const count = (data: unknown) => {
    // A text is no buffer: names are hashed too.
    if (typeof data !== "string") hashed += (data as Uint8Array).byteLength;
  };
  crypto.hash = ((...given: Parameters<typeof hash>) => {
    count(given[1]);
    return hash(...given);
  }) as typeof hash;
  Hash.prototype.update = function (this: Hash, ...given: [data: never]) {
    count(given[0]);
    return Reflect.apply(update, this, given);
  };
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    crypto.hash = hash;
    Hash.prototype.update = update;
    syncBuiltinESMExports();
  }
  return hashed;
}
