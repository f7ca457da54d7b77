import { loadPython, pythonError } from "@seamless/python";
import { beforeEach, describe, expect, test, vi } from "vitest";

const place = Symbol.for("@seamless/code-support/1");

/** What is loaded is kept: each test has a fresh copy of the module. */
beforeEach(() => {
  vi.resetModules();
  Reflect.deleteProperty(globalThis, place);
});

const fresh = async () => await import("../src/code-support.ts");

describe("@seamless/python", () => {
  test("is found in Node without being registered", async () => {
    const { codeSupport, loadCodeSupport } = await fresh();
    await loadCodeSupport();
    expect(codeSupport("python").isValidPython("x = 1")).toBe(true);
  });

  test("is loaded by what registered it, once, when code is first read", async () => {
    let loads = 0;
    Reflect.set(globalThis, place, async () => {
      loads++;
      return { loadPython, isValidPython: () => false, pythonError, ipythonToPython: (cell: string) => cell };
    });
    const { codeSupport, loadCodeSupport } = await fresh();
    expect(loads).toBe(0);
    await loadCodeSupport();
    await loadCodeSupport();
    expect(loads).toBe(1);
    expect(codeSupport("python").isValidPython("x = 1")).toBe(false);
  });

  test("that cannot be loaded, as a chunk that is not there, is an error that another attempt may mend", async () => {
    let offline = true;
    Reflect.set(globalThis, place, async () => {
      if (offline) throw new Error("offline");
      return await import("@seamless/python");
    });
    const { codeSupport, loadCodeSupport } = await fresh();
    await expect(loadCodeSupport()).rejects.toMatchObject({ code: "IO_ERROR", cause: new Error("offline") });
    offline = false;
    await loadCodeSupport();
    expect(codeSupport("python").isValidPython("x =")).toBe(false);
  });
});
