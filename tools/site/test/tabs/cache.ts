import type { BrowserContextOptions, Page } from "playwright-core";
import { expect, test } from "vitest";
import { examineView } from "../support/examine.ts";
import { expectText, type OpenSite, openTab } from "../support/playground.ts";

/** What the tab with the simulated cache does, by keyboard and by pointer. */
export function testCache(site: OpenSite): void {
  const openCache = (options: BrowserContextOptions & { readonly fields?: string } = {}) =>
    openTab(site, "cache", options);
  const button = (page: Page, name: string | RegExp) =>
    page.getByRole("button", { name, exact: typeof name === "string" });
  const row = (page: Page, name: string) => page.getByRole("listitem", { name: `Buffer ${name}` });
  const log = async (page: Page) => (await page.locator(".cache-log li").allTextContents()).map((line) => line.trim());
  const time = (page: Page) => page.locator(".cache-time").textContent();
  /** Some pictures later. */
  const later = (page: Page) =>
    page.evaluate(async () => {
      for (let i = 0; i < 10; i++) await new Promise(requestAnimationFrame);
    });

  test("by pointer: what does not fit goes at the next pass, and the log says why", async () => {
    const page = await openCache();
    await button(page, "Add E, 90 MB").click();
    expect(await page.getByRole("img").first().getAttribute("aria-label")).toBe(
      "390 MB are held; the soft cap is 300 MB, the hard cap 450 MB",
    );
    await button(page, "Step, 2 s").click();
    expect((await log(page)).slice(0, 2)).toEqual([
      "2.0 s E (90 MB) is evicted: 310 MB were held, over the soft cap of 300 MB; losing it costs the least, 640 units per GB.",
      "2.0 s A (80 MB) is evicted: 390 MB were held, over the soft cap of 300 MB; losing it costs the least, 64 units per GB.",
    ]);
    // It still has interest, which does not keep what can be had again.
    expect(await row(page, "A").locator(".cache-state").textContent()).toBe("evicted");
    expect(await row(page, "A").locator(".cache-numbers").textContent()).toContain("loss per GB: –");
    expect(await row(page, "B").locator(".cache-state").textContent()).toBe("held");
    // A reference brings it back, and interest keeps it.
    await button(page, "incref A").click();
    expect(await row(page, "A").locator(".cache-numbers").textContent()).toContain("references: 1");
    expect(await row(page, "A").locator(".cache-state").textContent()).toBe("held");
    expect((await log(page))[0]).toBe("2.0 s A: a counted reference is taken, 1 now; it is held again.");
    await button(page, "decref A").click();
    expect(await button(page, "decref A").isDisabled()).toBe(true);
    await button(page, "Step, 2 s").click();
    await row(page, "B").locator("svg").click();
    await expectText(page, ".cache-row >> nth=1", "interest: 128");
    await button(page, "Begin again").click();
    expect(await log(page)).toHaveLength(4);
    expect(await time(page)).toBe("0.0 s");
  });

  test("by keyboard: rows, sliders, steps", async () => {
    const page = await openCache();
    await button(page, "tempref D").focus();
    await page.keyboard.press("+");
    await page.keyboard.press("+");
    await page.keyboard.press("-");
    await expectText(page, ".cache-row >> nth=3", "references: 1");
    const cap = page.getByRole("slider", { name: "Soft cap" });
    await cap.focus();
    await page.keyboard.press("Home");
    expect(await cap.getAttribute("aria-valuetext")).toBe("50 MB");
    await page.keyboard.press("ArrowRight");
    expect((await log(page))[0]).toBe("0.0 s The caps are 60 and 450 MB now: another cache takes over.");
    await page.waitForFunction(() => location.hash.includes("cache=60-450-128-2"));
    await button(page, "Step, 2 s").focus();
    await page.keyboard.press("Enter");
    const held = await page.locator(".cache-row", { hasText: "held" }).allTextContents();
    // An only copy with a reference is never evicted.
    expect(held.map((text) => text.trim()[0])).toEqual(["D"]);
    await page.getByRole("slider", { name: "Hard cap" }).focus();
    await page.keyboard.press("Home");
    await expectText(page, ".cache-slider >> nth=0", "50 MB");
    await button(page, /^Add E/).focus();
    await page.keyboard.press("Enter");
    await expectText(page, ".cache-log", "E (90 MB) is evicted");
    await page.getByRole("slider", { name: "Fading interest" }).focus();
    await page.keyboard.press("End");
    await button(page, "incref C").focus();
    await page.keyboard.press("t");
    await expectText(page, ".cache-row >> nth=2", "interest: 1024");
  });

  test("only copies that are referenced make pressure", async () => {
    const page = await openCache({ fields: "&cache=50-60-128-2" });
    for (let i = 0; i < 5; i++) await button(page, /^Add /).click();
    for (const name of ["D", "I"]) await button(page, `incref ${name}`).click();
    await button(page, "Step, 2 s").click();
    await expectText(page, ".cache-log", "Pressure: 110 MB may not be evicted, over the hard cap of 60 MB.");
  });

  test("time runs, faster or slower, and stands still while it is not seen", async () => {
    const page = await openCache();
    await button(page, "Add E, 90 MB").click();
    await page.getByLabel("Speed").selectOption("16");
    await button(page, "Play").click();
    await expectText(page, ".cache-log", "has faded: its interest has faded, and it has no other reference.");
    await button(page, "Pause").click();
    const paused = await time(page);
    await later(page);
    expect(await time(page)).toBe(paused);
    await button(page, "Play").click();
    await page.waitForFunction((text) => document.querySelector(".cache-time")?.textContent !== text, paused);
    await page.getByRole("tab", { name: "Value" }).click();
    const unseen = await time(page);
    await later(page);
    expect(await time(page)).toBe(unseen);
    await page.getByRole("tab", { name: "Cache" }).click();
    await page.waitForFunction((text) => document.querySelector(".cache-time")?.textContent !== text, unseen);
  });

  test("where motion is to be reduced, time goes on in steps of a second", async () => {
    const page = await openCache({ reducedMotion: "reduce" });
    await button(page, "Play").click();
    const seen = await page.evaluate(
      () =>
        new Promise<readonly string[]>((resolve) => {
          const element = document.querySelector(".cache-time")!;
          const texts: string[] = [];
          new MutationObserver(() => {
            texts.push(element.textContent ?? "");
            if (texts.length === 3) resolve(texts);
          }).observe(element, { characterData: true, childList: true, subtree: true });
        }),
    );
    const [first = 0, ...others] = seen.map(Number.parseFloat);
    expect(others).toEqual([first + 1, first + 2]);
    expect(Number.isInteger(first)).toBe(true);
  });

  test("what is no setting in the address is not taken", async () => {
    const page = await openCache({ fields: "&cache=0-1e9-%3Cb%3E-2" });
    await expectText(page, ".cache-slider >> nth=0", "300 MB");
  });

  test("numbers of a row stand beside each other, also those with many digits", async () => {
    const page = await openCache({ fields: "&cache=50-60-1-0.5", viewport: { width: 1440, height: 900 } });
    await button(page, "incref C").click();
    await button(page, "incref C").click();
    await button(page, "Step, 2 s").click();
    await page.locator(".cache-row").nth(2).getByText("interest: 0.063").waitFor();
    const overlaps = await page.locator(".cache-numbers").evaluateAll((rows) =>
      rows.flatMap((numbers) =>
        Array.from(numbers.children).flatMap((child) => {
          // Of the text itself, which may stick out of its box.
          const range = document.createRange();
          range.selectNodeContents(child);
          const next = child.nextElementSibling?.getBoundingClientRect().left ?? Infinity;
          return range.getBoundingClientRect().right < next ? [] : [child.textContent];
        }),
      ),
    );
    expect(overlaps).toEqual([]);
  });

  test("is accessible in both themes, and fits narrow screens", async () => {
    const page = await openCache();
    for (const name of ["Add E, 90 MB", "incref D", "Step, 2 s"]) await button(page, name).click();
    expect(await examineView(page, "playground-cache", true)).toEqual([]);
  });
}
