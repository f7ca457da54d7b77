import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

const PACKAGE = "@astral-sh/ruff-wasm-web";
const here = dirname(fileURLToPath(import.meta.url));

/** What the sources import it by; `src/parser/glue.d.ts` has its type. */
export const GLUE = "#glue";

/**
 * The JavaScript of the parser's package as a module that exports `createGlue()`. That package keeps its one instance
 * in variables of its module, and there is no way to set them anew: each call makes them afresh.
 */
export async function glueSource(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `export { default as init, initSync, PositionEncoding, Workspace } from "${PACKAGE}";`,
      resolveDir: here,
    },
    bundle: true,
    write: false,
    format: "iife",
    globalName: "glue",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2022",
    // Where the package looks for its other file by itself; it is always told.
    define: { "import.meta.url": '""' },
  });
  const { version, license, homepage } = createRequire(import.meta.url)(`${PACKAGE}/package.json`);
  const origin = `/*! ${PACKAGE} ${version}, ${license} license, ${homepage} */`;
  return `${origin}\nexport function createGlue() {\n${outputFiles[0]!.text}\nreturn glue;\n}\n`;
}

/** For the build. */
export const esbuildGlue: Plugin = {
  name: "glue",
  setup(build) {
    build.onResolve({ filter: new RegExp(`^${GLUE}$`) }, () => ({ path: GLUE, namespace: "glue" }));
    build.onLoad({ filter: /.*/, namespace: "glue" }, async () => ({ contents: await glueSource(), loader: "js" }));
  },
};

/** For tests, which run the sources. */
export const viteGlue = {
  name: "glue",
  enforce: "pre" as const,
  resolveId: (id: string) => (id === GLUE ? "\0glue.js" : undefined),
  load: (id: string) => (id === "\0glue.js" ? glueSource() : undefined),
};
