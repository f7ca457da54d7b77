import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { indexDirectory } from "../src/node/index.ts";
import { tempDir } from "./support/temp.ts";

test("fifty folders indexed with one signal leave no listener on it, and Node warns of none", async () => {
  const warnings: Error[] = [];
  const collect = (warning: Error) => void warnings.push(warning);
  process.on("warning", collect);
  try {
    const { signal } = new AbortController();
    const folder = tempDir();
    await Promise.all(Array.from({ length: 50 }, () => indexDirectory(folder, { signal })));
    await new Promise(setImmediate);
    expect(getEventListeners(signal, "abort").length).toBe(0);
    expect(warnings).toEqual([]);
  } finally {
    process.off("warning", collect);
  }
});
