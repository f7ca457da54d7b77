import { definePackageTests } from "../build/vitest.ts";

export default definePackageTests(import.meta.url, "release");
