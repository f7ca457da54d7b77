import { mkdtemp } from "node:fs/promises";
import { test } from "vitest";
import { runFeatures } from "./features.mjs";

test("all features work", { timeout: 120_000 }, async () => {
  await runFeatures((name: string) => import(/* @vite-ignore */ name), { folder: await mkdtemp("work-") });
});
