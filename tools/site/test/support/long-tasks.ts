import type { Page } from "playwright-core";

/** Watches how long a page is busy at a time, from its beginning on. */
export async function watchTasks(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const tasks: number[] = [];
    Object.assign(globalThis, { tasks });
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
      type: "longtask",
      buffered: true,
    });
  });
}

/** In milliseconds: the longest since this was asked last; 0 if none was over 50. */
export async function longestTask(page: Page): Promise<number> {
  return Math.max(0, ...((await page.evaluate("tasks.splice(0)")) as readonly number[]));
}

/** Makes the processor of a page slower. */
export async function slowDown(page: Page, rate: number): Promise<void> {
  const control = await page.context().newCDPSession(page);
  await control.send("Emulation.setCPUThrottlingRate", { rate });
}
