import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { ARGUMENTS } from "@seamless-tools/browser";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** A page of a visitor of its own, and what happened in it. */
export interface Visit {
  readonly page: Page;
  /** Errors and warnings of the console, exceptions, and what the page's policy refused. */
  readonly problems: readonly string[];
  /** URLs of all requests. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

export function openChromium(executable: string): Promise<Browser> {
  return chromium.launch({ executablePath: executable, args: [...ARGUMENTS] });
}

export async function visit(browser: Browser, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ acceptDownloads: true, ...options });
  // The time limits of tests count: a busy machine may take longer for a single step than Playwright gives it.
  context.setDefaultTimeout(110_000);
  const page = await context.newPage();
  const [problems, requests]: [string[], string[]] = [[], []];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) problems.push(message.text());
  });
  page.on("dialog", (dialog) => {
    problems.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on("request", (request) => requests.push(request.url()));
  return { page, problems, requests, close: () => context.close() };
}

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const LEVEL_AA = { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"] };

/** What axe finds in a page as it is: rule, and the elements. */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  // As the developer tools do, past the policy of the page.
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(AXE);
  const { violations } = (await page.evaluate(`axe.run(document, ${JSON.stringify(LEVEL_AA)})`)) as {
    readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
  };
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}
