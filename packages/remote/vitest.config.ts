import { definePackageTests } from "../../tools/build/vitest.ts";

export default definePackageTests(
  import.meta.url,
  "remote",
  {
    "#decoders": "src/encoding/decoders/node.ts",
    "#directory": "src/directory/index.ts",
    "#redis": "src/redis/index.ts",
    "#transport": "src/http-client/undici-transport.ts",
  },
  ["@seamless-tools/engines/setup"],
);
