import { readFileSync } from "node:fs";
import { definePackage } from "../../tools/build/tsup.ts";

const { version, engines } = JSON.parse(readFileSync("package.json", "utf8")) as {
  version: string;
  engines: { node: string };
};

export default definePackage({
  entry: {
    "bin/seamless": "src/bin/seamless.ts",
    "bin/seamless-checksum": "src/bin/seamless-checksum.ts",
    "bin/seamless-checksum-file": "src/bin/seamless-checksum-file.ts",
    "bin/seamless-checksum-index": "src/bin/seamless-checksum-index.ts",
    // For the build alone, which writes the pages and removes it.
    "man-pages": "src/manual/man-pages.ts",
  },
  define: { VERSION: JSON.stringify(version), OLDEST_NODE: JSON.stringify(engines.node.replace(">=", "")) },
  types: false,
});
