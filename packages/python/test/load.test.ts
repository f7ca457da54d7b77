import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

const file = createRequire(import.meta.url).resolve("@astral-sh/ruff-wasm-web/ruff_wasm_bg.wasm");

const wasm = WebAssembly as unknown as {
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(module: object): Promise<object>;
};

/** The package as it is before anything was loaded. */
let python: typeof import("../src/index.ts");
beforeEach(async () => {
  vi.resetModules();
  python = await import("../src/index.ts");
});
afterEach(() => vi.restoreAllMocks());

describe("loadPython", () => {
  test("before it, nothing is known", () => {
    const error = expect.objectContaining({ code: "INVALID_STATE", message: expect.stringContaining("loadPython()") });
    expect(() => python.isValidPython("")).toThrow(error);
    expect(() => python.pythonError("")).toThrow(error);
  });

  test("loads once, however often and at the same time it is called", async () => {
    const compile = vi.spyOn(wasm, "compile");
    const instantiate = vi.spyOn(wasm, "instantiate");
    await Promise.all([python.loadPython(), python.loadPython()]);
    await python.loadPython();
    // Node compiles something small of its own.
    const large = compile.mock.calls.filter(([bytes]) => bytes.byteLength > 1e6);
    expect([large.length, instantiate.mock.calls.length]).toEqual([1, 1]);
    expect(python.isValidPython("x = 1")).toBe(true);
  });

  test("a parser that is not there is an error, and the next call tries again", async () => {
    const missing = new URL("missing.wasm", import.meta.url);
    await expect(python.loadPython({ wasm: missing })).rejects.toMatchObject({ code: "IO_ERROR" });
    expect(() => python.isValidPython("")).toThrow(expect.objectContaining({ code: "INVALID_STATE" }));
    await python.loadPython({ wasm: pathToFileURL(file) });
    expect(python.isValidPython("x = ")).toBe(false);
  });

  test("from a server, whatever type that says it is; its failure is an error", async () => {
    const bytes = await readFile(file);
    const types: Record<string, string> = { "/a": "application/wasm", "/b": "application/octet-stream" };
    const server = createServer(({ url }, response) => {
      const type = types[url!];
      response.writeHead(type === undefined ? 404 : 200, type === undefined ? {} : { "content-type": type });
      response.end(type === undefined ? "" : bytes);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const at = (path: string) => new URL(path, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    try {
      await expect(python.loadPython({ wasm: at("/c") })).rejects.toMatchObject({
        code: "IO_ERROR",
        message: expect.stringContaining("404"),
      });
      for (const path of Object.keys(types)) {
        vi.resetModules();
        const { isValidPython, loadPython } = await import("../src/index.ts");
        await loadPython({ wasm: at(path) });
        expect([isValidPython("x"), isValidPython("x y")]).toEqual([true, false]);
      }
    } finally {
      server.close();
    }
  });
});
