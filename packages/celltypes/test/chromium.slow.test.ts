import { fileURLToPath } from "node:url";
import { findChromium, type ModulePage, openModule } from "@seamless-tools/browser";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseExpectations, serializeExpectations } from "./support/outcomes.ts";
import { parseRows, serializeRows } from "./support/rows.ts";

const chromium = findChromium();
if (chromium === undefined) console.warn("no Chromium on this machine: the vectors are not run in a browser");

describe.skipIf(chromium === undefined)("in Chromium", () => {
  let page: ModulePage;
  beforeAll(async () => {
    page = await openModule(chromium!, fileURLToPath(new URL("support/outcomes.ts", import.meta.url)));
  });
  afterAll(() => page?.close());

  test(`serialize: ${serializeRows.length} vectors`, async () => {
    expect(await page.call("serializeOutcomes", serializeRows)).toEqual(serializeExpectations(serializeRows));
  });

  test(`parse: ${parseRows.length} vectors`, async () => {
    expect(await page.call("parseOutcomes", parseRows)).toEqual(parseExpectations(parseRows));
  });
});
