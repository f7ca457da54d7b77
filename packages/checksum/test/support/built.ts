import { cpSync, existsSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export type Main = typeof import("../../src/index.ts");
export type NodeEntry = typeof import("../../src/node/index.ts");

/** The folder of this package. */
export const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));

if (!existsSync(join(PACKAGE, "dist/node/index.js"))) {
  throw new Error("these tests need the build: run pnpm --filter @seamless/checksum build");
}

// Node's own loader, and so the package as its users get it: with its exports and conditions, and no alias of the tests.
const load = createRequire(import.meta.url);

/** The built package, imported by its name: a second copy beside the sources. */
export const builtMain = load("@seamless/checksum") as Main;
export const builtUnsafe = load("@seamless/checksum/unsafe") as typeof import("../../src/unsafe.ts");
export const builtNode = load("@seamless/checksum/node") as NodeEntry;

/** Install the build into a folder that everybody can read, as `node_modules/@seamless/checksum`. */
export function installBuild(folder: string): void {
  const target = join(folder, "node_modules/@seamless/checksum");
  mkdirSync(target, { recursive: true });
  for (const part of ["package.json", "dist"]) cpSync(join(PACKAGE, part), join(target, part), { recursive: true });
}
