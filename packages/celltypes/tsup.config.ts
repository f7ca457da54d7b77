import { definePackage } from "../../tools/build/tsup.ts";

// A bundler leaves out what is not used: within a file statement by statement, but no class with symbols for keys, nor
// tables that are computed. So `Buffer`, `parse`, `serialize`, and YAML behind `#yaml`, are files of their own: a page that
// only serializes loads one of them. `npy` and `plain` are entries for pages that need one format.
export default definePackage({
  entry: {
    index: "src/index.ts",
    serialize: "src/serialize.ts",
    parse: "src/parse.ts",
    buffer: "src/buffer.ts",
    yaml: "src/yaml/index.ts",
    npy: "src/npy.ts",
    plain: "src/plain.ts",
    numbers: "src/numbers/notation.ts",
    code: "src/code-support.ts",
  },
  external: ["#yaml"],
});
