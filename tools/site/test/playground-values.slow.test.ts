import { NdArray, serialize } from "@seamless/celltypes";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { drop, field, openPage, utf8 } from "./support/playground.ts";
import { useSite } from "./support/test-site.ts";

const site = useSite();
const openPlayground = () => openPage(site.browser, site.server.url);

describe.skipIf(!site.hasBrowser)("in Chromium", () => {
  /** What the page says of each celltype. */
  async function verdicts(page: Page): Promise<Readonly<Record<string, string>>> {
    await page.locator(".celltypes [role=status]", { hasText: "can read it" }).waitFor();
    const rows = await page.locator(".celltypes tbody tr").allTextContents();
    return Object.fromEntries(rows.map((row) => row.split(/ *[✓✗] /) as [string, string]));
  }

  test("it is said which celltypes can read a value, and why the others cannot", async () => {
    const page = await openPlayground();
    await drop(page, { file: "numbers.bin", bytes: Uint8Array.of(0xff, 0xfe) });
    await page.locator(".celltypes", { hasText: "1 of 13" }).waitFor();
    const ofBytes = await verdicts(page);
    expect(ofBytes["bytes"]).toBe("yes");
    expect(ofBytes["text"]).toMatch(/^nothis is not UTF-8/);
    await drop(page, "def f(:\n  pass");
    await page.locator("#source-problem", { hasText: "not valid Python" }).waitFor();
    await page.getByLabel("written as").selectOption("text");
    await page.locator(".celltypes", { hasText: "3 of 13" }).waitFor();
    const ofText = await verdicts(page);
    expect(Object.keys(ofText)).toHaveLength(13);
    expect(Object.entries(ofText).filter(([, verdict]) => verdict === "yes")).toEqual([
      ["text", "yes"],
      ["yaml", "yes"],
      ["bytes", "yes"],
    ]);
    expect(ofText["python"]).toMatch(/^no./);
    expect(Object.values(ofText).join()).not.toContain("cannot read this buffer");
  });

  const tree = (page: Page) => page.getByRole("tree", { name: "Value" });
  const focused = (page: Page) => page.evaluate("document.activeElement.textContent") as Promise<string>;

  test("JSON is a tree, by keyboard and by pointer", async () => {
    const page = await openPlayground();
    await field(page).fill(JSON.stringify({ list: Array.from({ length: 250 }, (_, i) => i), name: "<b>bold</b>" }));
    const rows = tree(page).getByRole("treeitem");
    await rows.filter({ hasText: "250 items" }).waitFor();
    await rows.first().focus();
    await page.keyboard.press("ArrowDown");
    expect(await focused(page)).toMatch(/^list:/);
    await page.keyboard.press("ArrowRight");
    await rows.filter({ hasText: "150 more" }).waitFor();
    await page.keyboard.press("ArrowRight");
    expect(await focused(page)).toMatch(/^0:.*0.*integer/);
    await page.keyboard.press("End");
    expect(await focused(page)).toMatch(/^name:/);
    expect(await focused(page)).toContain('"<b>bold</b>"');
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    await rows.filter({ hasText: /^199:/ }).waitFor();
    await rows.filter({ hasText: "50 more" }).click();
    await rows.filter({ hasText: /^249:/ }).waitFor();
    expect(await rows.nth(2).getAttribute("aria-setsize")).toBe("250");
    await rows.filter({ hasText: /^list:/ }).click();
    expect(await rows.count()).toBe(3);
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowLeft");
    expect(await rows.count()).toBe(1);
    expect(await rows.first().getAttribute("aria-expanded")).toBe("false");
    expect(await tree(page).locator("b").count()).toBe(0);
  });

  test("text is shown by its lines, some at a time", async () => {
    const page = await openPlayground();
    await drop(page, {
      file: "lines.txt",
      bytes: utf8(Array.from({ length: 500 }, (_, i) => `line ${i + 1}`).join("\n")),
    });
    const text = page.getByRole("group", { name: "Text", exact: true });
    await text.getByText("line 200", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Next lines" }).click();
    await text.getByText("line 400", { exact: true }).waitFor();
    await page.keyboard.press("Enter");
    await text.getByText("line 500", { exact: true }).waitFor();
    expect(await page.getByRole("button", { name: "Next lines" }).isDisabled()).toBe(true);
    await page.getByRole("button", { name: "Previous lines" }).click();
    await text.getByText("line 201", { exact: true }).waitFor();
  });

  const npy = (data: ArrayBufferView, shape: readonly number[]) => serialize(new NdArray(data, { shape }), "binary");

  test("two axes are a heat map, and a table by keyboard", async () => {
    const page = await openPlayground();
    await drop(page, {
      file: "grid.npy",
      bytes: npy(
        Float64Array.from({ length: 80 * 60 }, (_, i) => i),
        [80, 60],
      ),
    });
    const map = page.getByRole("img", { name: /^Heat map of 80 rows and 60 columns\. From 0 to 4799/ });
    await map.waitFor();
    const colors = await map.evaluate((canvas: HTMLCanvasElement) => {
      const pixels = canvas.getContext("2d")!.getImageData(0, 0, 60, 80).data;
      return [[...pixels.slice(0, 4)], [...pixels.slice(-4)]];
    });
    expect(colors).toEqual([
      [68, 1, 84, 255],
      [253, 231, 37, 255],
    ]);
    await page.getByRole("radio", { name: "heat map" }).focus();
    await page.keyboard.press("ArrowRight");
    const table = page.getByRole("group", { name: "Elements" }).getByRole("table");
    await table.getByText("61.0", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Next columns" }).click();
    await table.getByRole("columnheader", { name: "12", exact: true }).waitFor();
    await page.getByRole("button", { name: "Next rows" }).click();
    await table.getByRole("rowheader", { name: "79", exact: true }).waitFor();
  });

  test("h × w × 3 bytes are a picture", async () => {
    const page = await openPlayground();
    await drop(page, {
      file: "flag.npy",
      bytes: npy(Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9), [2, 2, 3]),
    });
    const picture = page.getByRole("img", { name: "Picture, 2 pixels wide and 2 high, with 3 channels" });
    await picture.waitFor();
    const pixels = await picture.evaluate((canvas: HTMLCanvasElement) => [
      ...canvas.getContext("2d")!.getImageData(0, 0, 2, 2).data,
    ]);
    expect(pixels).toEqual([255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 9, 9, 9, 255]);
    await page.getByRole("radio", { name: "table" }).click({ force: true });
    await page.getByLabel("axis 0").fill("1");
    await page.keyboard.press("Tab");
    await page.getByRole("cell", { name: "9", exact: true }).first().waitFor();
  });

  test("h × w × 3 floats are a table if they leave 0 to 1, and a picture of them says what it clips", async () => {
    const page = await openPlayground();
    const levels = Float64Array.of(0, 0.5, 1, 2, -1, Number.NaN, 0, 0, 0, 1, 1, 1);
    await drop(page, { file: "levels.npy", bytes: npy(levels, [2, 2, 3]) });
    await page.getByRole("cell", { name: "0.5", exact: true }).waitFor();
    await page.getByRole("radio", { name: "picture" }).click({ force: true });
    await page.getByText("3 of 12 numbers are not from 0 to 1: they are clipped to that, NaN to 0.").waitFor();
  });

  test("arrays in a mixed value are shown when their lines are chosen: one axis as a line", async () => {
    const page = await openPlayground();
    const value = { levels: new NdArray(Float32Array.from({ length: 5_000 }, (_, i) => Math.sin(i / 300))), unit: "m" };
    await drop(page, { file: "value.mixed", bytes: serialize(value, "mixed") });
    const row = tree(page).getByRole("treeitem").filter({ hasText: "<f4 (5000,)" });
    await row.waitFor();
    expect(await row.textContent()).toMatch(/array\sshow$/);
    await tree(page).getByRole("treeitem").first().focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("img", { name: /^Line of 5000 numbers\. From -1 to 1/ }).waitFor();
    await page.locator(".plot-line canvas").waitFor();
    expect(await row.getAttribute("aria-selected")).toBe("true");
    expect(await row.textContent()).toMatch(/array\sshown below$/);
    const legend = page.locator(".plot-line .u-legend");
    expect(await legend.isVisible()).toBe(false);
    await page.locator(".plot-line .u-over").hover();
    await legend.waitFor({ state: "visible" });
    await page.getByLabel("read as").selectOption("bytes");
    await page.getByText("Its value is the bytes themselves.").waitFor();
  });

  const hex = (page: Page) => page.getByRole("group", { name: "Bytes in hex" });

  test("the bytes of an .npy are shown, its parts marked by colour and by name", async () => {
    const page = await openPlayground();
    const bytes = npy(
      Float64Array.from({ length: 500 }, (_, i) => i),
      [500],
    );
    await drop(page, { file: "numbers.npy", bytes });
    const first = hex(page).getByRole("row").nth(1);
    await first.getByText("93 4e 55 4d 50 59", { exact: true }).waitFor();
    expect(await first.textContent()).toContain("magic · version · minor version · length of the header · header");
    const colors = await first
      .locator("td:nth-child(2) span")
      .evaluateAll((spans) => spans.map((span) => getComputedStyle(span).backgroundColor));
    expect(new Set(colors).size).toBe(5);
    await page.getByRole("button", { name: /^data: the elements 4000/ }).click();
    await hex(page).getByRole("rowheader", { name: "000080" }).waitFor();
    expect(await hex(page).getByRole("row").nth(1).textContent()).toContain("data: the elements");
    await hex(page).focus();
    await page.keyboard.press("End");
    await hex(page).getByRole("rowheader", { name: "001010" }).waitFor();
    await page.keyboard.press("Home");
    await page.keyboard.press("PageDown");
    await hex(page).getByRole("rowheader", { name: "000100" }).waitFor();
    await page.getByLabel("go to byte").fill("0x204");
    await page.keyboard.press("Enter");
    await hex(page).getByRole("rowheader", { name: "000200" }).waitFor();
  });

  test("the bytes of a mixed value are shown, its form and its leaves marked by colour and by name", async () => {
    const page = await openPlayground();
    const bytes = serialize({ levels: new NdArray(Float32Array.of(1, 2, 3)), unit: "m" }, "mixed");
    await drop(page, { file: "value.mixed", bytes });
    const buttons = page.getByRole("list", { name: "Parts" }).getByRole("button");
    await buttons.filter({ hasText: "leaf" }).waitFor();
    expect(await buttons.allInnerTexts()).toEqual([
      "magic 15",
      "length of the storage 1",
      "storage 11",
      "length of the form 4",
      "form: types and shapes 204",
      "second magic 9",
      "length of the JSON 8",
      "length of the leaves 8",
      "JSON: offsets of leaves, and the value without them 37",
      "leaf 1 of 1 12",
    ]);
    const row = (offset: string) =>
      hex(page)
        .getByRole("row")
        .filter({ has: page.getByRole("rowheader", { name: offset, exact: true }) });
    const labels = (offset: string) => row(offset).locator("td:last-child").textContent();
    expect(await labels("000000")).toBe("magic · length of the storage");
    expect(await labels("000010")).toBe("storage · length of the form · form: types and shapes");
    const keys = row("000020").locator("td:nth-child(3) .hex-key");
    expect(await keys.allTextContents()).toEqual(['"type"']);
    await buttons.filter({ hasText: "leaf" }).focus();
    await page.keyboard.press("Enter");
    await row("000120").waitFor();
    expect(await labels("000120")).toBe("leaf 1 of 1");
    const colors = await row("000120")
      .locator("td:nth-child(2) span")
      .evaluateAll((spans) => spans.map((span) => `${span.textContent} ${getComputedStyle(span).backgroundColor}`));
    expect(colors.at(-1)).toMatch(/^00 00 80 3f 00 00 00 /);
    expect(new Set(colors.map((color) => /rgb.*/.exec(color)?.[0])).size).toBe(2);
    expect(await row("000110").locator("td:nth-child(3) .hex-key").first().textContent()).toBe('levels"');
    await buttons.filter({ hasText: "storage 11" }).click();
    await row("000010").waitFor();
  });

  test("in JSON keys, strings and numbers are marked", async () => {
    const page = await openPlayground();
    await drop(page, { file: "a.json", bytes: utf8('{"a": ["b", 1, null]}') });
    await hex(page).locator(".hex-key").first().waitFor();
    const marked = await hex(page)
      .locator("td:nth-child(3) span")
      .evaluateAll((spans) => spans.map((span) => `${span.textContent} ${span.className.replace(/^.*hex-/, "")}`));
    expect(marked).toEqual([
      "{ punctuation",
      '"a" key',
      ": punctuation",
      "  space",
      "[ punctuation",
      '"b" string',
      ", punctuation",
      "  space",
      "1 number",
      ", punctuation",
      "  space",
      "n literal",
      // A row ends here.
      "ull literal",
      "]} punctuation",
    ]);
  });
});
