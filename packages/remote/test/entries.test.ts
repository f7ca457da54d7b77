import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import manifest from "../package.json" with { type: "json" };
import * as browser from "../src/browser/indexed-db-store.ts";
import * as directory from "../src/directory/index.ts";
import * as encoding from "../src/encoding/index.ts";
import * as hashserver from "../src/hashserver/index.ts";
import * as hashserverNode from "../src/hashserver/node/server.ts";
import * as http from "../src/http/store.ts";
import * as main from "../src/index.ts";
import * as redis from "../src/redis/index.ts";
import * as s3 from "../src/s3/store.ts";
import * as tiered from "../src/tiered/tiered-store.ts";

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
    // Not when it is first used: service workers may not import then.
    const more = specifier === "@seamless/remote/browser" ? ["idb"] : [];
    const port = specifier === "@seamless/remote/encoding" ? [] : ["@seamless/store"];
    const expected = ["@seamless/checksum", "@seamless/remote", ...port, ...more];
    expect(await packagesLoadedBy(specifier)).toEqual(expected);
  },
);

// The public surface: a change of it is a change here.
test("exports of all entries", () => {
  const entries = { main, browser, directory, encoding, hashserver, hashserverNode, http, redis, s3, tiered };
  expect(Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, Object.keys(entry).sort()]))).toEqual(
    {
      main: [
        "directoryStore",
        "hashserverHandler",
        "hashserverStore",
        "openStore",
        "tieredStore",
        "urlStore",
        "webHandler",
      ],
      browser: ["indexedDbStore"],
      directory: ["directoryStore"],
      encoding: ["decodeChunks", "decoderOf", "encodeChunks"],
      hashserver: ["hashserverHandler", "hashserverStore", "webHandler"],
      hashserverNode: ["createHashserver", "nodeListener"],
      s3: ["s3Store"],
      http: ["httpStore"],
      redis: ["redisStore"],
      tiered: ["tieredStore"],
    },
  );
});

test("what is loaded is seen: the cache, which reads and writes values, loads the celltypes", async () => {
  expect(await packagesLoadedBy("@seamless/cache")).toContain("@seamless/celltypes");
});
