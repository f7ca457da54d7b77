import { definePackage } from "../../tools/build/tsup.ts";

export default definePackage({
  entry: {
    index: "src/index.ts",
    "housekeeping/index": "src/housekeeping/index.ts",
    "suite/index": "src/suite/index.ts",
  },
});
