import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** The starters of servers. */
export async function loadEngines() {
  /** @type {typeof import("../../engines/src/ceph.ts") & typeof import("../../engines/src/redis.ts")} */
  const engines = await loadTool(import.meta.resolve("@seamless-tools/engines"));
  return engines;
}

/** What opens modules in Chromium. */
export async function loadBrowser() {
  /** @type {typeof import("../../browser/src/site.ts") & typeof import("../../browser/src/chromium.ts")} */
  const browser = await loadTool(import.meta.resolve("@seamless-tools/browser"));
  return browser;
}

/**
 * A tool of the workspace. They are TypeScript, which this Node may not read: it is compiled to where its own packages are found.
 *
 * @param {string} source - Its URL.
 */
async function loadTool(source) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(source)],
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    write: false,
  });
  const folder = new URL("../node_modules/.cache/", source);
  mkdirSync(folder, { recursive: true });
  const compiled = new URL("bench.mjs", folder);
  writeFileSync(compiled, outputFiles[0]?.contents ?? "");
  return import(compiled.href);
}
