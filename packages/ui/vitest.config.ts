import { definePackageTests } from "../../tools/build/vitest.ts";

export default definePackageTests(import.meta.url, "ui");
