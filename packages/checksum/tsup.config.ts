import { definePackage } from "../../tools/build/tsup.ts";

export default definePackage({
  entry: {
    index: "src/index.ts",
    unsafe: "src/unsafe.ts",
    "node/index": "src/node/index.ts",
    "node/hash-worker": "src/node/hash-worker.ts",
    "platform/node": "src/platform/node.ts",
    "platform/browser": "src/platform/browser.ts",
  },
  external: ["#platform"],
});
