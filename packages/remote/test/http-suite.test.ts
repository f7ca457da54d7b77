import { join } from "node:path";
import type { Store } from "@seamless/store";
import { storeSuite } from "@seamless/store/suite";
import { describe, test } from "vitest";
import { type DirectoryLayout, directoryStore } from "../src/directory/index.ts";
import { type HttpStoreOptions, httpStore } from "../src/http/store.ts";
import { plant } from "./support/folder.ts";
import { FAST } from "./support/server.ts";
import { startStatic } from "./support/static-server.ts";
import { makeTempDir, removeTempDir } from "./support/temp.ts";

/** Reads through the web server, and writes into the folder that it shows. */
function readThrough(http: Store, folder: Store): Store {
  const { put, putStream, putEncoded } = folder;
  return { ...http, writable: true, put, putStream, ...(putEncoded && { putEncoded }) };
}

const FOLDERS: readonly (readonly [DirectoryLayout, HttpStoreOptions])[] = [
  ["prefix", {}],
  ["flat", {}],
  ["prefix", { layout: "prefix" }],
  ["flat", { layout: "flat" }],
];

describe.each(FOLDERS)("a web server that shows a folder, %s, opened with %j", (layout, options) => {
  storeSuite({
    test,
    async create() {
      const folder = makeTempDir();
      const server = await startStatic(folder);
      const open = () => httpStore(server.url, { ...FAST, ...options });
      return {
        store: readThrough(open(), directoryStore(folder, { layout })),
        readOnly: open(),
        plant(checksum, bytes) {
          const hex = checksum.hex();
          plant(join(folder, layout === "flat" ? hex : join(hex.slice(0, 2), hex)), bytes);
        },
        plantEncoded(checksum, coding, bytes) {
          const hex = checksum.hex();
          const name = hex + (coding === "gzip" ? ".gz" : ".zst");
          plant(join(folder, layout === "flat" ? name : join(hex.slice(0, 2), name)), bytes);
        },
        async dispose() {
          await server.close();
          removeTempDir(folder);
        },
      };
    },
  });
});
