import { definePackage } from "../../tools/build/tsup.ts";

export default definePackage({
  entry: {
    index: "src/index.ts",
    "browser/index": "src/browser/indexed-db-store.ts",
    "directory/index": "src/directory/index.ts",
    "directory/browser": "src/directory/browser.ts",
    "directory/folder-worker": "src/directory/folder-worker.ts",
    // Not exported: as an entry it stays beside the thread that it starts.
    "directory/start-folder-worker": "src/directory/start-folder-worker.ts",
    "encoding/index": "src/encoding/index.ts",
    "hashserver/index": "src/hashserver/index.ts",
    // Not exported: as an entry it stays apart from the server, so that a page that is only a client does not load that.
    "hashserver/client": "src/hashserver/client/store.ts",
    "hashserver/node/index": "src/hashserver/node/server.ts",
    "http/index": "src/http/store.ts",
    "redis/index": "src/redis/index.ts",
    "redis/browser": "src/redis/browser.ts",
    "s3/index": "src/s3/store.ts",
    "tiered/index": "src/tiered/tiered-store.ts",
    "decoders/node": "src/encoding/decoders/node.ts",
    "decoders/browser": "src/encoding/decoders/browser.ts",
    "transport/node": "src/http-client/undici-transport.ts",
    "transport/browser": "src/http-client/fetch-transport.ts",
  },
  external: ["#decoders", "#directory", "#redis", "#transport"],
});
