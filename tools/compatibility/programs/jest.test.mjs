import { mkdtempSync } from "node:fs";
import { runFeatures } from "./features.mjs";

test("all features work", async () => {
  await runFeatures((name) => import(name), { folder: mkdtempSync("work-") });
}, 120_000);
