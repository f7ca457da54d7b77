import { Hash } from "node:crypto";
import { vi } from "vitest";

/** What happened while something was done. */
export interface Counted {
  /** Turns of the event loop that others had. */
  readonly turns: number;
  /** Bytes that were added to hashes, and the most in one turn. One-shot hashes are not seen. */
  readonly hashed: number;
  readonly mostHashed: number;
}

/** Count the turns of the event loop, and what is hashed in each. */
export async function countTurns(work: () => Promise<unknown>): Promise<Counted> {
  let turns = 0;
  let hashed = 0;
  let mostHashed = 0;
  let inTurn = 0;
  let going = true;
  const update = Hash.prototype.update;
  const spy = vi.spyOn(Hash.prototype, "update").mockImplementation(function (this: Hash, data: unknown) {
    const { byteLength } = data as Uint8Array;
    hashed += byteLength;
    inTurn += byteLength;
    mostHashed = Math.max(mostHashed, inTurn);
    return Reflect.apply(update, this, [data]);
  });
  const tick = () => {
    turns++;
    inTurn = 0;
    if (going) setImmediate(tick);
  };
  setImmediate(tick);
  try {
    await work();
  } finally {
    going = false;
    spy.mockRestore();
  }
  return { turns, hashed, mostHashed };
}
