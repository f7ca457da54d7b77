// Run in a package after tsup: makes its declarations stand on their own, in every TypeScript from 5.4, without "dom" and
// without `@types/node`. The sources say `AbortSignal`, `AsyncDisposable` and `Uint8Array<ArrayBuffer>` as everywhere.
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const TYPES = new URL("platform-types.d.ts", import.meta.url);
/** What that file has: types that TypeScript itself does not know. */
const PLATFORM = Array.from(readFileSync(TYPES, "utf8").matchAll(/^export type (\w+)/gm), ([, name]) => name);
const COPY = "dist/platform-types.d.ts";

/** A type, not a member that is called so. */
const names = (code, name) => new RegExp(`(?<![\\w$.])${name}\\b(?!\\??:)`).test(code);

/** Specifier of a file in `dist/`, from a declaration. */
function specifier(path, file) {
  const from = relative(dirname(path), file).replaceAll("\\", "/");
  return from.startsWith(".") ? from : `./${from}`;
}

/** What Node takes for `#name`. TypeScript's "node10" knows no such names. */
const { imports = {} } = JSON.parse(readFileSync("package.json", "utf8"));
const target = (name) => imports[name].default ?? imports[name];

let used = false;
for (const file of readdirSync("dist", { recursive: true })) {
  const path = join("dist", file);
  if (!path.endsWith(".d.ts") || path === join(COPY)) continue;
  const text = readFileSync(path, "utf8");
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, "");
  const head = [];
  // In TypeScript since 5.2, but in no "lib" of a year.
  if (/\b(?:Async)?Disposable\b|\bSymbol\.(?:asyncD|d)ispose\b/.test(code)) {
    head.push('/// <reference lib="esnext.disposable" />\n');
  }
  const platform = PLATFORM.filter((name) => names(code, name));
  if (platform.length > 0) {
    used = true;
    const from = specifier(path, COPY).replace(/\.d\.ts$/, ".js");
    head.push(`import type { ${platform.join(", ")} } from "${from}";\n`);
  }
  const body = text
    // The same type, which is only generic since TypeScript 5.7.
    .replaceAll("Uint8Array<ArrayBuffer>", "ReturnType<typeof Uint8Array.of>")
    .replaceAll(/(?<=\bfrom )'(#\w+)'/g, (_, name) => `'${specifier(path, target(name))}'`);
  writeFileSync(path, head.join("") + body);
}
if (used) copyFileSync(TYPES, COPY);
