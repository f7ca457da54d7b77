import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import manifest from "../package.json" with { type: "json" };

/** Writes the URL of each module that Node loads; goes into a thread of its own. */
const HOOKS = `
  import { writeSync } from "node:fs";
  export function load(url, context, next) {
    writeSync(1, url + "\\n");
    return next(url, context);
  }
`;

const REGISTER = `import { register } from "node:module"; register(${JSON.stringify(dataUrl(HOOKS))});`;

function dataUrl(source: string): string {
  return `data:text/javascript,${encodeURIComponent(source)}`;
}

/** The packages of which a fresh Node loads at least one module when it imports an entry. */
async function packagesLoadedBy(specifier: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--import", dataUrl(REGISTER), "--input-type=module", "--eval", `await import(${JSON.stringify(specifier)});`],
    { cwd: fileURLToPath(new URL("..", import.meta.url)) },
  );
  const files = stdout.split("\n").filter((url) => url.startsWith("file:"));
  return [...new Set(files.map(packageOf))].sort();
}

/** Packages of the workspace lie in `packages/`, all others behind the last `node_modules/`. */
function packageOf(url: string): string {
  const ours = /\/packages\/([^/]+)\/dist\//.exec(url);
  if (ours !== null) return `@seamless/${ours[1]}`;
  return /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? url;
}

const entries = Object.keys(manifest.exports).filter((path) => path !== "./package.json");

test.each(entries.map((path) => `@seamless/remote${path.slice(1)}`))(
  "%s loads the checksums and the store port, and nothing of values: no celltypes, no cache, no YAML",
  async (specifier) => {
    expect(await packagesLoadedBy(specifier)).toEqual(["@seamless/checksum", "@seamless/remote", "@seamless/store"]);
  },
);

test("what is loaded is seen: the cache, which reads and writes values, loads the celltypes", async () => {
  expect(await packagesLoadedBy("@seamless/cache")).toContain("@seamless/celltypes");
});
