// For bundles: `import "@seamless/python/register"` lets `@seamless/celltypes` find this package in them, without a word
// about it where it is not installed. It is a chunk of its own, loaded when the first code cell is read.

/** Where `@seamless/celltypes` looks, in every copy of it. */
const LOADER = Symbol.for("@seamless/code-support/1");

Object.defineProperty(globalThis, LOADER, {
  value: () => import("./index.ts"),
  configurable: true,
  writable: true,
});

export {};
