import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, vi } from "vitest";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** Of chunks and other array buffers that somebody holds, in bytes. */
export function heldBytes(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

/** Wait until nobody holds any of these any more; the test must not have timers that are faked. */
export async function untilCollected(references: readonly WeakRef<object>[]): Promise<void> {
  await vi.waitFor(() => {
    collectGarbage();
    expect(references.filter((each) => each.deref() !== undefined)).toHaveLength(0);
  }, 5000);
}
