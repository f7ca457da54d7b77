import { compileFetched } from "./fetched.ts";
import type { Platform } from "./types.ts";

// Only what is loaded when it is used: whoever reads no code does not pay for it.
export async function compileParser(source?: URL): Promise<WebAssembly.Module> {
  if (source !== undefined && source.protocol !== "file:") return compileFetched(source);
  const { readFile } = await import("node:fs/promises");
  const { createRequire } = await import("node:module");
  const path = source ?? createRequire(import.meta.url).resolve("@astral-sh/ruff-wasm-web/ruff_wasm_bg.wasm");
  return WebAssembly.compile(await readFile(path));
}

({ compileParser }) satisfies Platform;
