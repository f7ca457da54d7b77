import { definePackageTests } from "../build/vitest.ts";

const project = definePackageTests(import.meta.url, "site", {}, ["test/support/site-folder.ts"]);

// VitePress builds in one folder: two files that build the site must not do so at the same time.
export default { ...project, test: { ...project.test, fileParallelism: false } };
