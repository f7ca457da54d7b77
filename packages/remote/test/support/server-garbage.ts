import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, vi } from "vitest";

/** Wait until nobody holds any of these any more; the test must not have timers that are faked. */
export async function untilCollected(references: readonly WeakRef<object>[]): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  await vi.waitFor(() => {
    collectGarbage();
    expect(references.filter((each) => each.deref() !== undefined)).toHaveLength(0);
  }, 5000);
}
