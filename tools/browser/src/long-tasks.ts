import type { Page } from "playwright-core";

/** Watches how long a page is busy at a time, from its beginning on. */
export async function watchTasks(page: Page): Promise<void> {
  await page.addInitScript(`globalThis.tasks = [];
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration)))
      .observe({ type: "longtask", buffered: true });`);
}

/** In milliseconds: the longest since this was asked last; 0 if none was over 50. */
export async function longestTask(page: Page): Promise<number> {
  return Math.max(0, ...((await page.evaluate("tasks.splice(0)")) as readonly number[]));
}

/**
 * How many times slower than an ordinary machine this one is at the moment: it may be an old one, or have other things to do.
 *
 * @returns 1 to 4.
 */
export async function slowness(page: Page): Promise<number> {
  return Math.min(4, Math.max(1, ((await page.evaluate(WORK)) as number) / ORDINARY));
}

/** In milliseconds: what `WORK` takes on two cores of 2.6 GHz that have nothing else to do. */
const ORDINARY = 9;

/** What pages do: text that is put together and taken apart, objects that are made and thrown away. In milliseconds, the median. */
const WORK = `(() => {
  const times = [];
  for (let run = 0; run < 9; run++) {
    const start = performance.now();
    let text = "";
    for (let i = 0; i < 60_000; i++) text += String.fromCharCode(97 + (i % 26));
    const parts = Array.from(text.matchAll(/[aeiou][^aeiou]+/g), ([part], index) => ({ part, index }));
    JSON.parse(JSON.stringify(parts)).sort((a, b) => (a.part < b.part ? -1 : a.part > b.part ? 1 : a.index - b.index));
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[4];
})()`;

/**
 * Makes the processor of a page so many times slower than that of an ordinary machine: one that is slow as it is, is slowed down
 * by that much less, as Lighthouse does it.
 */
export async function slowDown(page: Page, times: number): Promise<void> {
  const rate = Math.max(1, times / (await slowness(page)));
  const control = await page.context().newCDPSession(page);
  await control.send("Emulation.setCPUThrottlingRate", { rate });
}
