import { createHash } from "node:crypto";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect, onTestFinished } from "vitest";
import { open, openReader } from "./reader.ts";

export const sha256 = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest("hex");
export const utf8 = (text: string) => new TextEncoder().encode(text);

/**
 * Opens the playground as a new visitor. What goes wrong in it fails the test.
 *
 * @param url - Of the site.
 * @param fragment - With its `#`.
 * @param options - Of the browser.
 */
export async function openPage(
  browser: Browser,
  url: string,
  fragment = "",
  options: BrowserContextOptions = {},
): Promise<Page> {
  const permissions = ["clipboard-read", "clipboard-write"];
  const { page, problems } = await openReader(browser, { permissions, ...options });
  // From the beginning: a dialog that opens before the browser was told to give it to the test is lost.
  page.on("filechooser", () => {});
  onTestFinished(async () => {
    await page.context().close();
    expect(problems).toEqual([]);
  });
  await open(page, `${url}playground.html${fragment}`);
  await page.locator(".playground [role=tab]").first().waitFor();
  return page;
}

/** A site that is served, once it is, and a browser to see it with. */
export type OpenSite = () => { readonly browser: Browser; readonly url: string };

/**
 * Opens a tab of the playground, as a new visitor has it.
 *
 * @param tab - Its name in the address.
 * @param fields - More of the address: `&matrix=plain.text`.
 */
export async function openTab(
  site: OpenSite,
  tab: string,
  { fields = "", ...options }: BrowserContextOptions & { readonly fields?: string } = {},
): Promise<Page> {
  const { browser, url } = site();
  const page = await openPage(browser, url, `#v=1&tab=${tab}${fields}`, options);
  await page.locator(`#playground-${tab} > *`).first().waitFor();
  return page;
}

/** Waits until an element says something. */
export async function expectText(page: Page, selector: string, text: string | RegExp): Promise<void> {
  await page.locator(selector).filter({ hasText: text }).first().waitFor();
}

/** Waits until the page shows this checksum. */
export const hasChecksum = (page: Page, hex: string) =>
  page.waitForFunction((expected) => document.querySelector(".identity-checksum")?.ariaLabel === expected, hex);

/** Where a value is typed. */
export const field = (page: Page) => page.getByRole("textbox", { name: "Value", exact: true });

/** Drops a file, or text, on the field or another element, as a browser does. */
export async function drop(
  page: Page,
  content: { readonly file: string; readonly bytes: Uint8Array } | string,
  onto = ".source",
) {
  const plain = typeof content === "string" ? content : { file: content.file, bytes: [...content.bytes] };
  const transfer = await page.evaluateHandle((dropped) => {
    const data = new DataTransfer();
    if (typeof dropped === "string") data.setData("text/plain", dropped);
    else data.items.add(new File([Uint8Array.from(dropped.bytes)], dropped.file));
    return data;
  }, plain);
  await page.locator(onto).dispatchEvent("drop", { dataTransfer: transfer });
}
