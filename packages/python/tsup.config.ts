import { definePackage } from "../../tools/build/tsup.ts";

export default definePackage({ entry: { index: "src/index.ts", register: "src/register.ts" } });
