import { definePackage } from "../../tools/build/tsup.ts";

export default definePackage({
  entry: {
    index: "src/index.ts",
    "directory/index": "src/directory/index.ts",
    "directory/unsupported": "src/directory/unsupported.ts",
    "hashserver/index": "src/hashserver/index.ts",
    "hashserver/node/index": "src/hashserver/node/index.ts",
    "tiered/index": "src/tiered/index.ts",
    "decoders/node": "src/encoding/decoders/node.ts",
    "decoders/browser": "src/encoding/decoders/browser.ts",
    "transport/node": "src/hashserver/client/transport/node.ts",
    "transport/browser": "src/hashserver/client/transport/browser.ts",
  },
  external: ["#decoders", "#directory", "#transport"],
});
