import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** A page of the site, and all that went wrong in it. */
export interface Reader {
  readonly page: Page;
  /** Errors and warnings of the console, exceptions, and what the page's policy refused. */
  readonly problems: readonly string[];
}

export function openChromium(executable: string): Promise<Browser> {
  return chromium.launch({ executablePath: executable, args: ["--no-sandbox", "--disable-gpu"] });
}

/** Opens a page of its own, as a new visitor. */
export async function openReader(browser: Browser, options: BrowserContextOptions = {}): Promise<Reader> {
  const context = await browser.newContext(options);
  // The time limits of tests count: a busy machine may take longer for a single step than Playwright gives it.
  context.setDefaultTimeout(110_000);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(`${page.url()}: ${error.message}`));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) problems.push(`${page.url()}: ${message.text()}`);
  });
  return { page, problems };
}

/** Goes to a page, and waits until its scripts, if it has any, have taken it over. */
export async function open(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.waitForFunction(() => {
    const app = document.querySelector<HTMLElement & { __vue_app__?: object }>("#app");
    return app === null || app.__vue_app__ !== undefined;
  });
}
