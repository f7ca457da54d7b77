import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

const LIST = "../src/unicode/name-list.ts";

/** The package as it is before anything was loaded. */
let python: typeof import("../src/index.ts");
beforeEach(async () => {
  vi.resetModules();
  python = await import("../src/index.ts");
});
afterEach(() => vi.doUnmock(LIST));

describe("loadPython", () => {
  test("before it, nothing is known", () => {
    const error = expect.objectContaining({ code: "INVALID_STATE", message: expect.stringContaining("loadPython()") });
    expect(() => python.isValidPython("")).toThrow(error);
    expect(() => python.pythonError("")).toThrow(error);
  });

  test("loads once, however often and at the same time it is called", async () => {
    let loads = 0;
    vi.doMock(LIST, async (original) => {
      loads++;
      return await original<object>();
    });
    await Promise.all([python.loadPython(), python.loadPython()]);
    await python.loadPython();
    expect(loads).toBe(1);
    expect([python.isValidPython("'\\N{BULLET}'"), python.isValidPython("'\\N{BULLETS}'")]).toEqual([true, false]);
  });

  test("names that cannot be loaded are an error, and the next call tries again", async () => {
    vi.doMock(LIST, () => {
      throw new Error("offline");
    });
    await expect(python.loadPython()).rejects.toMatchObject({ code: "IO_ERROR" });
    expect(() => python.isValidPython("")).toThrow(expect.objectContaining({ code: "INVALID_STATE" }));
    vi.doUnmock(LIST);
    await python.loadPython();
    expect(python.isValidPython("x = ")).toBe(false);
  });
});
