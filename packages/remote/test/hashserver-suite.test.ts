import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { memoryStore } from "@seamless/store";
import { storeSuite } from "@seamless/store/suite";
import { describe, test } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { hashserverStore } from "../src/hashserver/index.ts";
import { FAST, startServer } from "./support/server.ts";
import { makeTempDir, removeTempDir } from "./support/temp.ts";

const TOKEN = "s3cret-t0ken";

describe("hashserver store, before a folder", () => {
  storeSuite({
    test,
    async create() {
      const folder = makeTempDir();
      const server = await startServer({
        store: directoryStore(folder),
        writable: true,
        token: TOKEN,
        allowDelete: true,
      });
      const options = { ...FAST, token: TOKEN };
      return {
        store: hashserverStore(server.url, options),
        readOnly: hashserverStore(server.url, { ...options, writable: false }),
        plant(checksum, bytes) {
          const path = join(folder, checksum.hex().slice(0, 2), checksum.hex());
          mkdirSync(dirname(path), { recursive: true });
          rmSync(path, { force: true });
          writeFileSync(path, bytes);
        },
        damage(checksum) {
          const path = join(folder, checksum.hex().slice(0, 2), checksum.hex());
          mkdirSync(dirname(path), { recursive: true });
          rmSync(path, { force: true });
          symlinkSync("nowhere", path);
        },
        secrets: [TOKEN],
        async dispose() {
          await server.close();
          removeTempDir(folder);
        },
      };
    },
  });
});

describe("hashserver store, before memory, with a password", () => {
  storeSuite({
    test,
    async create() {
      const contents = new Map<string, Uint8Array>();
      const server = await startServer({ store: memoryStore({ contents }), writable: true, hotBytes: 1 });
      const url = server.url.replace("//", "//user:pa%24s@");
      return {
        store: hashserverStore(url, FAST),
        readOnly: hashserverStore(url, { ...FAST, writable: false }),
        plant: (checksum, bytes) => void contents.set(checksum.hex(), bytes),
        secrets: ["pa$s", "pa%24s"],
        dispose: () => server.close(),
      };
    },
  });
});
