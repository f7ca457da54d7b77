const { mkdtempSync } = require("node:fs");
const { runFeatures } = require("./features.mjs");

test("all features work", async () => {
  await runFeatures(async (name) => require(name), { folder: mkdtempSync("work-") });
}, 120_000);
