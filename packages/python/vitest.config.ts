import { definePackageTests } from "../../tools/build/vitest.ts";
import { viteGlue } from "./build/glue.ts";

export default {
  ...definePackageTests(import.meta.url, "python", { "#platform": "src/platform/node.ts" }),
  plugins: [viteGlue],
};
