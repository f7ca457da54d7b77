import { fileURLToPath } from "node:url";
import { findChromium, type ModulePage, openModule } from "@seamless-tools/browser";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Checksum } from "../src/index.ts";
import type { Hashed } from "./support/page.ts";

const chromium = findChromium();
if (chromium === undefined) console.warn("no Chromium on this machine: nothing is hashed in a browser");

const LENGTHS = [0, 16_384, 16_385, 5_000_000];

const expected = (length: number, asked: number): Hashed => {
  const hex = Checksum.of(new Uint8Array(length).fill(1)).hex();
  return { length, hex: [hex, hex, hex, hex], asked };
};

describe.skipIf(chromium === undefined).each([
  ["trusts, by WebCrypto what is whole and long", true],
  ["got by plain http, in JavaScript", false],
])("in a page that Chromium %s", (_, secure) => {
  let page: ModulePage;
  beforeAll(async () => {
    page = await openModule(chromium!, fileURLToPath(new URL("support/page.ts", import.meta.url)), { secure });
  });
  afterAll(() => page?.close());

  test("is secure or not, as the page is meant to be", async () => {
    expect(await page.call("isSecure")).toBe(secure);
  });

  test("bytes are hashed", async () => {
    // Twice: as they are, and with a proof.
    const asked = (length: number) => (secure && length > 16_384 ? 2 : 0);
    expect(await page.call("hashAll", LENGTHS)).toEqual(LENGTHS.map((length) => expected(length, asked(length))));
  });

  test("bytes are hashed in JavaScript where WebCrypto refuses their memory", async () => {
    const found = await page.call<Hashed>("hashResizable", 100_000);
    expect(found).toEqual(expected(100_000, secure ? 2 : 0));
  });
});
