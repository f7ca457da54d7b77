import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Runtime } from "../src/index.ts";

const warning = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
let installRuntime: typeof import("../src/index.ts").installRuntime;

beforeEach(async () => {
  warning.mockClear();
  // Whether it has been warned of is remembered by the module.
  vi.resetModules();
  ({ installRuntime } = await import("../src/index.ts"));
});
afterEach(() => {
  installRuntime(undefined);
});

const runtime = (closed?: boolean) => ({ closed }) as unknown as Runtime;

test("a second runtime over one that is running is warned of, once", () => {
  installRuntime(runtime());
  expect(warning).not.toHaveBeenCalled();
  installRuntime(runtime());
  expect(warning.mock.calls).toEqual([
    [expect.stringContaining("not closed"), { type: "SeamlessWarning", code: "SEAMLESS_RUNTIME_REPLACED" }],
  ]);
  installRuntime(runtime());
  expect(warning).toHaveBeenCalledTimes(1);
});

test("putting the same one again, or an earlier one back, is not", () => {
  const [first, second] = [runtime(), runtime()];
  installRuntime(first);
  installRuntime(first);
  installRuntime(undefined);
  installRuntime(second);
  installRuntime(first);
  installRuntime(second);
  expect(warning).not.toHaveBeenCalled();
});

test("nor is one over another that is closed, or that was removed", () => {
  installRuntime(runtime(true));
  installRuntime(runtime());
  installRuntime(undefined);
  installRuntime(runtime());
  expect(warning).not.toHaveBeenCalled();
});

test("where there is no process, the console says it", () => {
  const log = vi.spyOn(console, "warn").mockImplementation(() => {});
  vi.stubGlobal("process", undefined);
  try {
    installRuntime(runtime());
    installRuntime(runtime());
  } finally {
    vi.unstubAllGlobals();
  }
  expect(log).toHaveBeenCalledTimes(1);
  expect(log.mock.calls[0]![0]).toMatch(/^SeamlessWarning: installRuntime\(\)/);
  log.mockRestore();
});
