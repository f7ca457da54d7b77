import { beforeEach, describe, expect, test, vi } from "vitest";
import { isValidPython, loadPython, pythonError } from "../src/index.ts";
import { pythonRows } from "./support/rows.ts";
import { TRAPS } from "./support/traps.ts";

const wasm = WebAssembly as unknown as {
  Instance: new () => object;
  instantiate(module: object): Promise<object>;
};
const trapped = expect.objectContaining({ code: "PARSER_TRAPPED", message: expect.stringContaining("loadPython()") });
const wrongRows = () => pythonRows.filter(({ python, accept }) => isValidPython(python) !== accept);

beforeEach(() => loadPython());

describe("a parser that breaks down", () => {
  test.each(Object.entries(TRAPS))("on %s: an error, and after it the verdicts are right", async (_, text) => {
    expect(() => isValidPython(text)).toThrow(trapped);
    await loadPython();
    expect(() => pythonError(text)).toThrow(trapped);
    await loadPython();
    expect(wrongRows()).toEqual([]);
  });

  test("again and again", async () => {
    const texts = Object.values(TRAPS);
    for (let i = 0; i < 12; i++) {
      expect(() => isValidPython(texts[i % texts.length]!)).toThrow(trapped);
      await Promise.all([loadPython(), loadPython()]);
      expect([isValidPython("x = [1]"), isValidPython("x = [1")]).toEqual([true, false]);
    }
  });

  test("where the platform can, a fresh one is there at once", () => {
    expect(() => isValidPython(TRAPS["signs"]!)).toThrow(trapped);
    expect([isValidPython("x = [1]"), isValidPython("x = [1")]).toEqual([true, false]);
  });

  test("where it cannot, there is no verdict until it is loaded", async () => {
    expect(() => isValidPython(TRAPS["signs"]!)).toThrow(trapped);
    // As on the main thread of Chromium.
    const construct = () => {
      throw new RangeError("disallowed on the main thread");
    };
    const { Instance } = wasm;
    wasm.Instance = new Proxy(Instance, { construct });
    try {
      expect(() => isValidPython("x = [1]")).toThrow(
        expect.objectContaining({ code: "INVALID_STATE", message: expect.stringContaining("loadPython()") }),
      );
      await loadPython();
    } finally {
      wasm.Instance = Instance;
    }
    expect([isValidPython("x = [1]"), isValidPython("x = [1")]).toEqual([true, false]);
  });
});

describe("a parser whose memory has grown", () => {
  test("is replaced", async () => {
    const instantiate = vi.spyOn(wasm, "instantiate");
    // Half a gigabyte of syntax tree, which WebAssembly never gives back.
    expect(isValidPython(`[${"1,".repeat(3_000_000)}]`)).toBe(true);
    await loadPython();
    expect(instantiate.mock.calls.length).toBe(1);
    instantiate.mockRestore();
    expect([isValidPython("x"), isValidPython("x y")]).toEqual([true, false]);
  });
});
