import { expect, test } from "vitest";
import * as python from "../src/index.ts";

test("registering leaves a loader of this package where celltypes look for it, and loads nothing yet", async () => {
  const place = Symbol.for("@seamless/code-support/1");
  expect(Reflect.get(globalThis, place)).toBeUndefined();
  expect(Object.keys(await import("../src/register.ts"))).toEqual([]);
  const load = Reflect.get(globalThis, place) as () => Promise<object>;
  expect(await load()).toBe(python);
});
