import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { examineView } from "../support/examine.ts";
import { expectText, type OpenSite, openTab } from "../support/playground.ts";

/** What the tab with the matrix does, by keyboard and by pointer. */
export function testMatrix(site: OpenSite): void {
  const openMatrix = (fields = "") => openTab(site, "matrix", { fields });
  const cell = (page: Page, name: string) => page.getByRole("gridcell", { name, exact: true });
  const focused = (page: Page) => page.evaluate("document.activeElement.getAttribute('aria-label')");
  const chosen = (page: Page) => page.locator('[role="gridcell"][aria-selected="true"]').getAttribute("aria-label");

  test("is walked through by keys, one Tab stop in all, and a pair is chosen by Enter", async () => {
    const page = await openMatrix("&matrix=int.yaml");
    expect(await page.locator('[role="gridcell"][tabindex="0"]').count()).toBe(1);
    await page.getByRole("tab", { name: "Matrix" }).focus();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    expect(await focused(page)).toBe("int to yaml: trivial");
    for (const [key, label] of [
      ["ArrowRight", "int to str: trivial"],
      ["ArrowDown", "float to str: trivial"],
      ["Home", "float to binary: by value"],
      ["End", "float to checksum: by value"],
      ["Control+Home", "binary: the same"],
      ["ArrowUp", "binary: the same"],
      ["ArrowRight", "binary to mixed: trivial"],
      ["Control+End", "checksum: the same"],
      ["PageUp", "binary to checksum: by value"],
    ]) {
      await page.keyboard.press(key!);
      expect([key, await focused(page)]).toEqual([key, label]);
    }
    expect(await chosen(page)).toBe("int to yaml: trivial");
    await page.keyboard.press("Enter");
    expect(await chosen(page)).toBe("binary to checksum: by value");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Space");
    expect(await chosen(page)).toBe("binary to bool: possible");
  });

  test("each verdict has a pattern and a letter of its own, in both themes", async () => {
    const page = await openMatrix();
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      const looks = await page.evaluate(() =>
        ["trivial", "reinterpret", "reformat", "possible", "value", "forbidden"].map((verdict) => {
          const cell = document.querySelector(`td.matrix-${verdict}`)!;
          const { backgroundColor, backgroundImage, textAlign } = getComputedStyle(cell);
          return { colour: backgroundColor, pattern: backgroundImage, textAlign, letter: cell.textContent };
        }),
      );
      for (const property of ["colour", "pattern", "letter"] as const) {
        expect(new Set(looks.map((look) => look[property])).size, property).toBe(6);
      }
      expect(looks.map(({ textAlign }) => textAlign)).toEqual(Array(6).fill("center"));
    }
  });

  test("a pair is chosen by pointer, and explained in the words of the table, with its plan", async () => {
    const page = await openMatrix();
    await cell(page, "binary to yaml: by value").click();
    const region = ".matrix-explanation";
    await expectText(page, region, "binary is an array, as NumPy's .npy; yaml is YAML 1.1.");
    await expectText(page, region, "Why: code and YAML are text first. It goes by way of text.");
    expect(await page.locator(".matrix-plan li").allTextContents()).toEqual([
      "binary → plain: value, since the elements of an array, as nested lists",
      "plain → text: reformat, since a JSON string becomes its text; any other JSON is text as it stands",
      "text → yaml: reinterpret, since the target is the narrower celltype, and right if the buffer reads as one",
    ]);
    await cell(page, "python to yaml: forbidden").click();
    await expectText(page, region, "Why: code is run to get data, not read as data.");
    await cell(page, "int: the same").click();
    await expectText(page, region, "A buffer is its own celltype already");
    await page.waitForFunction(() => location.hash.includes("matrix=int.int"));
  });

  test("converts what was typed: a new buffer, and back", async () => {
    const page = await openMatrix("&matrix=plain.binary");
    await page.getByRole("tab", { name: "Value" }).click();
    await page.getByRole("textbox", { name: "Value", exact: true }).fill("[1, 2.5]");
    await page.getByRole("tab", { name: "Matrix" }).click();
    // As `seamless convert` prints it.
    const array = "8509d4b0c4907ac4b9b893064ea4a8c6212b800d0548080e9d75ffa5dae3d2ae";
    await expectText(page, ".matrix-outcome", "is a new buffer");
    expect(await page.getByLabel("The buffer before").textContent()).toBe("[\n  1,\n  2.5\n]\n");
    expect(await page.getByLabel("The buffer after").textContent()).toContain("93 4e 55 4d 50 59");
    expect(await page.locator(".matrix-checksum").last().textContent()).toBe(array);
    await page.getByRole("button", { name: "Go on with this buffer" }).click();
    expect(await chosen(page)).toBe("binary to plain: by value");
    await expectText(page, ".matrix-outcome", "read as binary and converted to plain");
    expect(await page.getByLabel("The buffer after").textContent()).toBe("[\n  1.0,\n  2.5\n]\n");
    expect(await page.locator("tr.matrix-current th").textContent()).toContain("binary");
  });

  test("the celltypes are asked about the value when its tab is opened, and not before", async () => {
    const page = await openMatrix("&matrix=plain.yaml");
    await expectText(page, ".matrix-outcome", "keeps its checksum");
    await page.waitForLoadState("networkidle");
    expect(await page.locator(".celltypes").count()).toBe(0);
    await page.getByRole("tab", { name: "Value" }).click();
    await expectText(page, ".celltypes [role=status]", /[1-9] of 13 celltypes can read it/);
    expect(await page.getByLabel("read as").inputValue()).toBe("plain");
  });

  test("tells that the checksum stays, and why a conversion fails", async () => {
    const page = await openMatrix("&matrix=plain.yaml");
    await expectText(page, ".matrix-outcome", "keeps its checksum");
    expect(await page.getByLabel("The buffer after").count()).toBe(0);
    await cell(page, "plain to int: reinterpret").click();
    await expectText(page, ".matrix-outcome", /^\s*CONVERSION_FAILED: cannot convert [0-9a-f]{64} from plain to int/);
    await cell(page, "int to python: forbidden").click();
    await expectText(page, ".matrix-outcome", /^\s*CONVERSION_FORBIDDEN: .*there is no such conversion/);
    // Code is read by what is loaded only then.
    await cell(page, "text to python: reinterpret").click();
    await expectText(page, ".matrix-outcome", "keeps its checksum");
    await cell(page, "plain to checksum: by value").click();
    await expectText(page, ".matrix-outcome", "is a new buffer");
  });

  test("what looks like HTML stays text, and a fragment that is none is ignored", async () => {
    const page = await openMatrix("&matrix=%3Cimg%20src%3Dx%3E.int");
    await page.getByRole("tab", { name: "Value" }).click();
    await page.getByLabel("written as").selectOption("text");
    await page.getByRole("textbox", { name: "Value", exact: true }).fill("<img src=x onerror='document.title=1'>");
    await page.getByRole("tab", { name: "Matrix" }).click();
    await cell(page, "text to plain: reformat").click();
    await expectText(page, ".matrix-outcome", "is a new buffer");
    expect(await page.getByLabel("The buffer after").textContent()).toBe(`"<img src=x onerror='document.title=1'>"\n`);
    expect(await page.locator(".matrix img").count()).toBe(0);
  });

  test("is accessible in both themes, and fits narrow screens", async () => {
    const page = await openMatrix("&matrix=bytes.yaml");
    await expectText(page, ".matrix-outcome", "keeps its checksum");
    expect(await examineView(page, "playground-matrix", true)).toEqual([]);
  });
}
