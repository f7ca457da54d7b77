import { compileFetched } from "./fetched.ts";
import type { Platform } from "./types.ts";

export async function compileParser(source?: URL): Promise<WebAssembly.Module> {
  // In exactly this form, since bundlers look for it: they copy the file and put its new address here.
  return compileFetched(source ?? new URL("@astral-sh/ruff-wasm-web/ruff_wasm_bg.wasm", import.meta.url));
}

({ compileParser }) satisfies Platform;
