import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { workspaceRoot } from "@seamless-tools/examples";
import type { Page } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const LEVEL_AA = { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] };

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** What axe finds: rule, and the elements. */
async function findings(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(axe);
  const run = `axe.run(document, ${JSON.stringify({ ...LEVEL_AA, resultTypes: ["violations"] })})`;
  const { violations } = (await page.evaluate(run)) as { readonly violations: readonly Violation[] };
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}

/**
 * Colours fade into each other, and so do those that follow them. Looked at again and again, since Chromium keeps no promise to
 * tell the end of what a closed `<details>` hides.
 */
const settled = `(async () => {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const moves = ({ playState, effect }) => playState === "running" && !effect.target?.closest("details:not([open]) > :not(summary)");
  await frame();
  do await frame(); while (document.getAnimations().some(moves));
})()`;

/**
 * What is wrong with what a page shows now, in both themes and at three widths, which are kept as pictures.
 *
 * @param name - Of the pictures.
 * @param whole - Whether the pictures are of the whole page, and not only of its top.
 */
export async function examineView(page: Page, name: string, whole = false): Promise<readonly string[]> {
  const shots = join(workspaceRoot, "results/screenshots/site");
  mkdirSync(shots, { recursive: true });
  const shoot = (kind: string) => page.screenshot({ path: join(shots, `${name}-${kind}.png`), fullPage: whole });
  const found: string[] = [];
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.emulateMedia({ colorScheme: "light" });
  await page.evaluate(settled);
  found.push(...(await findings(page)).map((each) => `${name}: ${each}`));
  await shoot("1440");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.waitForFunction(
    () => document.documentElement.classList.contains("dark") || !document.querySelector("#app"),
  );
  await page.evaluate(settled);
  found.push(...(await findings(page)).map((each) => `${name}, dark: ${each}`));
  await shoot("1440-dark");
  for (const width of [768, 360]) {
    await page.setViewportSize({ width, height: 900 });
    await page.evaluate(settled);
    const over = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    if (over !== 0) found.push(`${name}: ${over} pixels wider than ${width}`);
    await shoot(String(width));
  }
  return found;
}
