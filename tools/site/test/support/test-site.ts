import { existsSync } from "node:fs";
import { join } from "node:path";
import { findChromium } from "@seamless-tools/browser";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, inject, test } from "vitest";
import { unavailable } from "../../../build/unavailable.ts";
import { buildSite, type Server, serveSite } from "./built-site.ts";
import { openChromium } from "./reader.ts";

/** The built site, served, and a browser to look at it: there when tests run. */
export interface TestSite {
  /** Of its files. */
  readonly folder: string;
  readonly server: Server;
  /** Of tests that run only if there is one. */
  readonly browser: Browser;
  readonly hasBrowser: boolean;
}

const executable = findChromium();

/** Builds the site before the tests of a file, unless another one has, and serves it to them. */
export function useSite(): TestSite {
  const folder = join(inject("siteFolder"), "site");
  const site = { folder, hasBrowser: executable !== undefined } as { -readonly [Key in keyof TestSite]: TestSite[Key] };
  beforeAll(async () => {
    // Files run one after the other; a build that failed has left no such file.
    if (!existsSync(join(folder, "llms.txt"))) await buildSite(folder);
    site.server = await serveSite(folder);
    if (executable !== undefined) site.browser = await openChromium(executable);
  }, 900_000);
  afterAll(async () => {
    await site.browser?.close();
    site.server?.close();
  });
  test("there is a Chromium", ({ skip }) => {
    if (executable === undefined) unavailable(skip, "there is no Chromium here");
  });
  return site;
}
