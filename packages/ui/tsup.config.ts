import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { definePackage } from "../../tools/build/tsup.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** What Vite has built: path → type and SHA-256, in the order of the paths. Maps are not served. */
function table(folder: string): Readonly<Record<string, readonly [type: string, sha256: string]>> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && !file.name.endsWith(".map"))
    .map((file) => join(file.parentPath, file.name))
    .sort();
  return Object.fromEntries(
    paths.map((path) => {
      const type = TYPES[extname(path)];
      if (type === undefined) throw new Error(`${path}: tsup.config.ts names no type for it`);
      const sha256 = createHash("sha256").update(readFileSync(path)).digest("base64url");
      return [path.slice(folder.length + 1).replaceAll("\\", "/"), [type, sha256]];
    }),
  );
}

export default definePackage({
  entry: { index: "src/index.ts" },
  external: ["node:crypto", "node:fs/promises"],
  // As text: an object would be a module of its own.
  define: { TABLE: JSON.stringify(JSON.stringify(table("dist/site"))) },
  keep: ["site/**"],
});
