import { definePackage } from "../../tools/build/tsup.ts";

// The words are an entry of their own: whoever only converts does not load them.
export default definePackage({ entry: { index: "src/index.ts", explain: "src/explain.ts" } });
