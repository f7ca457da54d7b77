import { existsSync, readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import vue from "@vitejs/plugin-vue";
import { defineConfig, type Plugin } from "vite";

// Whatever runs the build: for any other environment, components would carry the absolute paths of their files.
process.env["NODE_ENV"] = "production";

/** Gives what is taken from builds of other packages the source maps of these: so that maps of the page lead to sources. */
const sourcesOfBuilds: Plugin = {
  name: "sources-of-builds",
  load(id) {
    const file = id.replace(/\?.*$/, "");
    if (!/[\\/]packages[\\/]\w+[\\/]dist[\\/].*\.js$/.test(file) || !existsSync(`${file}.map`)) return undefined;
    return { code: readFileSync(file, "utf8"), map: JSON.parse(readFileSync(`${file}.map`, "utf8")) };
  },
};

const assets = fileURLToPath(new URL("dist/site/assets", import.meta.url));

const names = {
  entryFileNames: "assets/[name]-[hash].js",
  chunkFileNames: "assets/[name]-[hash].js",
  assetFileNames: "assets/[name]-[hash][extname]",
  // The sources themselves stand in the repository.
  sourcemapExcludeSources: true,
  // Maps of workers are taken to be elsewhere while they are made.
  sourcemapPathTransform: (source: string, map: string) => relative(assets, resolve(dirname(map), source)),
};

// The page, in `dist/site`: all files but the page itself have names with the hash of what is in them.
export default defineConfig({
  root: "src/page",
  // Wherever a proxy may have it.
  base: "./",
  plugins: [vue(), sourcesOfBuilds],
  build: {
    outDir: "../../dist/site",
    emptyOutDir: true,
    target: "es2022",
    // They are not served, but tell what the page is made of.
    sourcemap: "hidden",
    // The policy of the page forbids what stands in it: scripts, styles, and data in URLs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { output: names },
  },
  // So that they can load chunks of their own.
  worker: { format: "es", plugins: () => [sourcesOfBuilds], rollupOptions: { output: names } },
});
