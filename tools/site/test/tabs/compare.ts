import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Checksum, serializeIndex } from "@seamless/checksum";
import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { examineView } from "../support/examine.ts";
import { expectText, type OpenSite, openTab } from "../support/playground.ts";

let folder = "";

type Tree = Readonly<Record<string, string>>;

const BEFORE: Tree = { "a.txt": "hello\n", "sub/gone": "gone", old: "moved", same: "same" };
const AFTER: Tree = { "a.txt": "changed!\n", fresh: "", "sub/now": "moved", same: "same" };
const SUMMARY = "1 added, 1 removed, 1 changed, 1 moved";
const ROWS = [
  ["changed", "a.txt", "6 bytes → 9 bytes"],
  ["added", "fresh", "0 bytes"],
  ["removed", "sub/gone", "4 bytes"],
  ["moved", "old → sub/now", "5 bytes"],
];

/** A folder of its own with these files. */
function writeTree(name: string, tree: Tree): string {
  const root = join(mkdtempSync(join(folder, "tree-")), name);
  mkdirSync(root);
  for (const [path, text] of Object.entries(tree)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

function writeIndex(name: string, tree: Tree): string {
  const path = join(mkdtempSync(join(folder, "index-")), name);
  const entries = Object.entries(tree).map(
    ([file, text]) => [file, Checksum.of(new TextEncoder().encode(text))] as const,
  );
  writeFileSync(path, serializeIndex(entries));
  return path;
}

/** What the tab that compares directories does, by keyboard and by pointer. */
export function testCompare(site: OpenSite): void {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "seamless-compare-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const openCompare = (options: BrowserContextOptions & { readonly fields?: string } = {}) =>
    openTab(site, "compare", options);
  const rows = async (page: Page) => {
    const lines = await page.locator(".compare-table tbody tr").all();
    return Promise.all(lines.map((line) => line.locator("td").allTextContents()));
  };
  const side = (page: Page, title: string) => page.getByRole("group", { name: title, exact: true });

  /** Drags what lies on the disk over an element, and drops it there. */
  async function dropFiles(page: Page, selector: string, files: readonly string[]): Promise<void> {
    const control = await page.context().newCDPSession(page);
    const { x, y, width } = (await page.locator(selector).boundingBox())!;
    const data = { items: [], files: [...files], dragOperationsMask: 1 };
    for (const type of ["dragEnter", "dragOver", "drop"] as const) {
      await control.send("Input.dispatchDragEvent", { type, x: x + width / 2, y: y + 10, data });
    }
    await control.detach();
  }

  async function chooseFile(page: Page, button: string, path: string): Promise<void> {
    const chooser = page.waitForEvent("filechooser");
    await page.getByLabel(button, { exact: true }).click();
    await (await chooser).setFiles(path);
  }

  test("two folders are dropped at once, and compared with their sizes", async () => {
    const page = await openCompare();
    await dropFiles(page, ".compare-side >> nth=0", [writeTree("a", BEFORE), writeTree("b", AFTER)]);
    await expectText(page, ".compare-summary", SUMMARY);
    expect(await rows(page)).toEqual(ROWS);
    await expectText(page, ".compare-side", "b: 4 files, 18 bytes");
    await dropFiles(page, ".compare-side >> nth=1", [writeTree("c", BEFORE)]);
    await expectText(page, ".compare-summary", "There is no difference");
    // As `seamless-checksum-index` prints it.
    const index = serializeIndex(
      Object.entries(BEFORE).map(([path, text]) => [path, Checksum.of(new TextEncoder().encode(text))] as const),
    );
    const checksums = await page.locator(".compare-checksum").allTextContents();
    expect(checksums).toEqual([Checksum.of(index).hex(), Checksum.of(index).hex()]);
  });

  test("indexes are chosen by pointer and by keyboard, and one is compared with a folder", async () => {
    const page = await openCompare();
    await chooseFile(page, "Before: choose an index", writeIndex("before.INDEX", BEFORE));
    await expectText(page, ".compare-side", "before.INDEX: 4 files");
    await page.getByLabel("After: choose an index", { exact: true }).focus();
    const chooser = page.waitForEvent("filechooser");
    await page.keyboard.press("Space");
    await (await chooser).setFiles(writeIndex("after.INDEX", AFTER));
    await expectText(page, ".compare-summary", SUMMARY);
    expect(await rows(page)).toEqual(ROWS.map(([change, path]) => [change, path, ""]));
    await dropFiles(page, ".compare-side >> nth=1", [writeTree("after", AFTER)]);
    await expectText(page, ".compare-table", "? → 9 bytes");
  });

  test("a folder is picked where the browser has a dialog for it, by keyboard", async () => {
    const page = await openCompare();
    // The dialog itself is no page's; what it gives is a folder as this one, which the page has.
    await page.evaluate(async () => {
      const root = await navigator.storage.getDirectory();
      const picked = await root.getDirectoryHandle("picked", { create: true });
      const sub = await picked.getDirectoryHandle("sub", { create: true });
      for (const [parent, name, text] of [
        [picked, "a.txt", "hello\n"],
        [picked, "old", "moved"],
        [picked, "same", "same"],
        [sub, "gone", "gone"],
      ] as const) {
        const file = await parent.getFileHandle(name, { create: true });
        const writable = await file.createWritable();
        await writable.write(text);
        await writable.close();
      }
      Object.assign(globalThis, { showDirectoryPicker: async () => picked });
    });
    const button = page.getByRole("button", { name: "Before: choose a folder" });
    await button.focus();
    await page.keyboard.press("Enter");
    await dropFiles(page, ".compare-side >> nth=1", [writeTree("b", AFTER)]);
    await expectText(page, ".compare-summary", SUMMARY);
    expect(await rows(page)).toEqual(ROWS);
  });

  test("elsewhere a folder is chosen in a field for folders", async () => {
    const page = await openCompare();
    await page.evaluate("delete globalThis.showDirectoryPicker");
    for (const [title, tree] of [
      ["Before", BEFORE],
      ["After", AFTER],
    ] as const) {
      const chooser = page.waitForEvent("filechooser");
      await page.getByRole("button", { name: `${title}: choose a folder` }).click();
      await (await chooser).setFiles(writeTree(title, tree));
    }
    await expectText(page, ".compare-summary", SUMMARY);
    expect(await rows(page)).toEqual(ROWS);
  });

  test("an index or a folder that has changed is read when it is chosen again", async () => {
    const page = await openCompare();
    const control = await page.context().newCDPSession(page);
    const { root } = await control.send("DOM.getDocument");
    // As the dialog does it: a field that already has these files gets no event of a change.
    const choose = async (kind: "index" | "folder", path: string, shown: string) => {
      const selector = `.compare-side input${kind === "folder" ? "[webkitdirectory]" : ":not([webkitdirectory])"}`;
      const { nodeId } = await control.send("DOM.querySelector", { nodeId: root.nodeId, selector });
      await control.send("DOM.setFileInputFiles", { nodeId, files: [path] });
      await expectText(page, ".compare-side >> nth=0", shown);
    };
    const index = writeIndex("before.INDEX", BEFORE);
    await choose("index", index, "before.INDEX: 4 files");
    writeFileSync(index, "broken");
    await choose("index", index, "before.INDEX, at byte 0");
    writeFileSync(index, serializeIndex([["a.txt", Checksum.of(new TextEncoder().encode("hello\n"))]]));
    await choose("index", index, "before.INDEX: 1 file");
    const tree = writeTree("tree", BEFORE);
    await choose("folder", tree, "tree: 4 files, 19 bytes");
    writeFileSync(join(tree, "a.txt"), "hello, hello\n");
    await choose("folder", tree, "tree: 4 files, 26 bytes");
  });

  test("many changes come some at a time, and of the kinds that are wanted", async () => {
    const many = (name: string, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`${name}${i}`, `${name}${i}`]));
    const page = await openCompare();
    await chooseFile(page, "Before: choose an index", writeIndex("a", many("a", 250)));
    await chooseFile(page, "After: choose an index", writeIndex("b", many("b", 30)));
    await expectText(page, ".compare-summary", "30 added, 250 removed, 0 changed, 0 moved");
    await expectText(page, ".compare-more", "200 of 280 are shown");
    await page.getByRole("button", { name: "Show 80 more" }).focus();
    await page.keyboard.press("Enter");
    await page.locator(".compare-table tbody tr").nth(279).waitFor();
    await page.getByRole("checkbox", { name: "removed (250)" }).focus();
    await page.keyboard.press("Space");
    await page.waitForFunction(() => document.querySelectorAll(".compare-table tbody tr").length === 30);
    await page.waitForFunction(() => location.hash.includes("compare=added.changed.moved"));
    await page.getByRole("checkbox", { name: "added (30)" }).click();
    await page.waitForFunction(() => document.querySelectorAll(".compare-table tbody tr").length === 0);
  });

  test("what is hostile is refused, or shown as what it is", async () => {
    const page = await openCompare();
    const names = { "<img src=x onerror=document.title=1>": "1", "bell\u0007": "2", "\u202etxt.exe": "3" };
    await chooseFile(page, "Before: choose an index", writeIndex("a", {}));
    await chooseFile(page, "After: choose an index", writeIndex("b", names));
    await expectText(page, ".compare-summary", "3 added");
    expect((await rows(page)).map(([, path]) => path)).toEqual([
      "<img src=x onerror=document.title=1>",
      '"bell\\u0007"',
      "\u202etxt.exe",
    ]);
    expect(await page.locator(".compare img").count()).toBe(0);
    const broken = join(folder, "broken.INDEX");
    writeFileSync(broken, '{"../../etc/passwd": "x"}');
    await chooseFile(page, "After: choose an index", broken);
    await expectText(page, ".compare-side .playground-problem", "leaves the directory");
    expect(await page.locator(".compare-table").count()).toBe(0);
  });

  test("a folder with a file of 2 GB: it is told how far it is, and it can be cancelled", async () => {
    const page = await openCompare();
    const tree = writeTree("large", { "a.txt": "hello\n" });
    writeFileSync(join(tree, "large"), "");
    truncateSync(join(tree, "large"), 2e9);
    await dropFiles(page, ".compare-side >> nth=0", [tree]);
    await expectText(page, ".compare-progress", /1 of 2 files, .* of 1\.9 GiB/);
    await side(page, "Before").getByRole("button", { name: "Cancel" }).focus();
    await page.keyboard.press("Enter");
    await expectText(page, ".compare-side .playground-problem", "Cancelled.");
    await dropFiles(page, ".compare-side >> nth=0", [writeTree("a", BEFORE), writeTree("b", AFTER)]);
    await expectText(page, ".compare-summary", SUMMARY);
  });

  test("is accessible in both themes, and fits narrow screens", async () => {
    const page = await openCompare();
    await dropFiles(page, ".compare-side >> nth=0", [writeTree("a", BEFORE), writeTree("b", AFTER)]);
    await expectText(page, ".compare-summary", SUMMARY);
    expect(await examineView(page, "playground-compare", true)).toEqual([]);
    // On a narrow screen, too, what is chosen stands apart from the table, and a sign beside its word.
    const bottom = await page.locator(".compare-kinds").evaluate((kinds) => kinds.getBoundingClientRect().bottom);
    const top = await page.locator(".compare-frame").evaluate((frame) => frame.getBoundingClientRect().top);
    expect(top - bottom).toBeGreaterThan(8);
    const lines = await page
      .locator(".compare-change")
      .evaluateAll((changes) => changes.map((change) => change.getClientRects().length));
    expect(lines).toEqual([1, 1, 1, 1]);
  });
}
