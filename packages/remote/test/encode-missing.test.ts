import { expect, test, vi } from "vitest";
import { directoryStore } from "../src/directory/index.ts";

vi.mock("node:zlib", async (original) => {
  const zlib = (await original<{ default: object }>()).default;
  return { default: { ...zlib, createZstdCompress: undefined } };
});

vi.mock("node:module", () => ({
  createRequire: () => ({
    resolve() {
      throw new Error("Cannot find module");
    },
  }),
}));

test("zstd without anything to write it is refused at once, and says what to install", () => {
  expect(() => directoryStore("nowhere", { compress: "zstd" })).toThrow(
    expect.objectContaining({
      code: "UNSUPPORTED",
      message: 'writing zstd takes Node 22.15 or newer, or the package "@hpcc-js/wasm-zstd": install it, or use gzip',
    }),
  );
  expect(() => directoryStore("nowhere", { compress: "gzip" })).not.toThrow();
  // Who only reads, or would write it plain, needs nothing.
  expect(() => directoryStore("nowhere")).not.toThrow();
});
