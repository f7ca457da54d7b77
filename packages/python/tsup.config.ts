import type { Options } from "tsup";
import { definePackage } from "../../tools/build/tsup.ts";
import { esbuildGlue } from "./build/glue.ts";

const options = definePackage({
  entry: {
    index: "src/index.ts",
    "platform/node": "src/platform/node.ts",
    "platform/browser": "src/platform/browser.ts",
  },
  external: ["#platform"],
}) as Options;

export default { ...options, esbuildPlugins: [esbuildGlue] };
