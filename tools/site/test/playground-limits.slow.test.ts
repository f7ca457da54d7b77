import { createHash } from "node:crypto";
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { NdArray, serialize } from "@seamless/celltypes";
import { longestTask, slowDown, slowness, watchTasks } from "@seamless-tools/browser";
import type { Page } from "playwright-core";
import { describe, expect, onTestFinished, test } from "vitest";
import { toBase64Url } from "../../../packages/playground/src/base64url.ts";
import { examineView } from "./support/examine.ts";
import { drop, expectText, field, hasChecksum, openPage, sha256, utf8 } from "./support/playground.ts";
import { open, openReader } from "./support/reader.ts";
import { useSite } from "./support/test-site.ts";

const site = useSite();
const openPlayground = (fragment?: string) => openPage(site.browser, site.server.url, fragment);

/** All celltypes have been asked. */
const isRead = (page: Page) => page.locator(".celltypes [role=status]", { hasText: "can read it" }).waitFor();

/** A file of many zeros and a little at its end, which takes no room on the disk, and its checksum. */
function largeFile(size: number): { readonly path: string; readonly checksum: string } {
  const folder = mkdtempSync(join(tmpdir(), "seamless-large-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "large.bin");
  const file = openSync(path, "w");
  ftruncateSync(file, size);
  writeSync(file, "the end", size);
  closeSync(file);
  const hash = createHash("sha256");
  const zeros = Buffer.alloc(2 ** 24);
  for (let at = 0; at < size; at += zeros.length) hash.update(zeros.subarray(0, Math.min(zeros.length, size - at)));
  return { path, checksum: hash.update("the end").digest("hex") };
}

/** What this machine makes of the limits at the moment: `slowness`, as a page of its own finds it. */
async function howSlow(): Promise<number> {
  const { page } = await openReader(site.browser);
  try {
    return await slowness(page);
  } finally {
    await page.context().close();
  }
}

describe.skipIf(!site.hasBrowser)("in Chromium", () => {
  test.each<readonly [string, (page: Page) => Promise<void>]>([
    ["value", isRead],
    ["matrix", (page) => expectText(page, ".matrix-outcome", "The value, read as plain")],
    ["compare", (page) => page.locator(".compare-side").first().waitFor()],
    ["cache", (page) => page.locator(".cache-controls").waitFor()],
  ])(
    "the tab %s loads at most 300 kB of script, compressed, before a plot is needed, and nothing from elsewhere",
    async (tab, isThere) => {
      site.server.asked.splice(0);
      const page = await openPlayground(`#v=1&tab=${tab}`);
      const elsewhere: string[] = [];
      page.on("request", (request) => {
        if (!request.url().startsWith(site.server.url)) elsewhere.push(request.url());
      });
      await isThere(page);
      await page.waitForLoadState("networkidle");
      const scripts = [...new Set(site.server.asked.filter((path) => path.endsWith(".js")))];
      const bytes = scripts
        .map((path) => gzipSync(readFileSync(join(site.folder, path)), { level: 9 }).length)
        .reduce((sum, each) => sum + each, 0);
      console.log(
        `the playground, ${tab}: ${site.server.asked.length} requests; ${scripts.length} scripts, ${bytes} bytes with gzip`,
      );
      expect(scripts.some((path) => path.includes("worker"))).toBe(true);
      // Only celltypes that are asked in sight need the parser of Python, which is large.
      expect(scripts.some((path) => path.includes("name-list"))).toBe(tab === "value");
      expect(bytes).toBeLessThan(300_000);
      expect(site.server.asked.length).toBeLessThan(60);
      expect(elsewhere.filter((url) => !/^(?:data|blob):/.test(url))).toEqual([]);
    },
  );

  test("a load takes no task over 200 ms, on a processor that is four times slower", { timeout: 600_000 }, async () => {
    // What else the machine does lengthens tasks; so the best of some loads counts.
    const longest: number[] = [];
    for (let load = 0; load < 8 && Math.min(...longest) >= 200; load++) {
      const { page } = await openReader(site.browser);
      await slowDown(page, 4);
      await watchTasks(page);
      await open(page, `${site.server.url}playground.html`);
      await isRead(page);
      longest.push(await longestTask(page));
      await page.context().close();
    }
    console.log(`the playground: longest tasks of ${longest.join(", ")} ms`);
    expect(Math.min(...longest)).toBeLessThan(200);
  });

  test("a file of over 2 GiB is hashed without a task over 100 ms, and is not read unasked", {
    timeout: 900_000,
  }, async () => {
    const { path, checksum } = largeFile(2 ** 31 + 1);
    const { page } = await openReader(site.browser);
    await watchTasks(page);
    await open(page, `${site.server.url}playground.html`);
    await isRead(page);
    const longest: number[] = [];
    for (let run = 0; run < 3 && !(Math.min(...longest) < 100); run++) {
      const slower = await howSlow();
      await longestTask(page);
      await page.locator("input[type=file]").setInputFiles(path);
      await page.getByText("2 GiB are not read unasked").waitFor();
      await page.waitForFunction(
        () => {
          const value = document.querySelector<HTMLProgressElement>(".identity progress")?.value ?? 0;
          return value > 5 && value < 95;
        },
        undefined,
        { timeout: 120_000 },
      );
      await page.waitForFunction((hex) => document.querySelector(".identity-checksum")?.ariaLabel === hex, checksum, {
        timeout: 240_000,
      });
      longest.push((await longestTask(page)) / Math.min(slower, await howSlow()));
    }
    console.log(`hashing 2 GiB: longest tasks of ${longest.join(", ")} ms`);
    expect(Math.min(...longest)).toBeLessThan(100);
    await page.getByText("Over 512 MiB a page cannot read it at all").waitFor();
    const bytes = page.getByRole("group", { name: "Bytes in hex" });
    await bytes.focus();
    await page.keyboard.press("End");
    await bytes.getByText(/74 68 65 20 65 6e 64$/).waitFor();
    await page.context().close();
  });

  test("hashing is cancelled, and begun again, by keyboard", async () => {
    const { path, checksum } = largeFile(2 ** 29);
    const page = await openPlayground();
    await isRead(page);
    await page.locator("input[type=file]").setInputFiles(path);
    const cancel = page.getByRole("button", { name: "Cancel" });
    await cancel.focus();
    await page.keyboard.press("Enter");
    await page.locator(".identity", { hasText: "Cancelled." }).waitFor();
    expect(await page.locator(".identity-checksum").getAttribute("aria-label")).toBe("");
    await page.getByRole("button", { name: "Hash it again" }).focus();
    await page.keyboard.press("Enter");
    await hasChecksum(page, checksum);
  });

  test("a file over 64 MiB is read when its reader asks for it, by keyboard", async () => {
    const { path } = largeFile(2 ** 26);
    const page = await openPlayground();
    await isRead(page);
    await page.locator("input[type=file]").setInputFiles(path);
    await page.getByText("64 MiB are not read unasked").waitFor();
    await page.getByRole("button", { name: "Read it all the same" }).focus();
    await page.keyboard.press("Enter");
    await isRead(page);
    await page.locator(".celltypes", { hasText: "2 of 13" }).waitFor();
    await page.getByRole("group", { name: "Text", exact: true }).getByText("characters more").waitFor();
  });

  test("large JSON is read beside the page, without a task over 100 ms in it", async () => {
    const { page } = await openReader(site.browser);
    await watchTasks(page);
    await open(page, `${site.server.url}playground.html`);
    await isRead(page);
    const longest: number[] = [];
    for (let run = 0; run < 3 && !(Math.min(...longest) < 100); run++) {
      const items = Array.from({ length: 100_000 + run }, (_, i) => ({ name: `item ${i}`, level: i / 3 }));
      const path = join(mkdtempSync(join(tmpdir(), "seamless-json-")), "items.json");
      onTestFinished(() => rmSync(dirname(path), { recursive: true, force: true }));
      writeFileSync(path, JSON.stringify(items));
      const slower = await howSlow();
      await longestTask(page);
      await page.locator("input[type=file]").setInputFiles(path);
      await page
        .getByRole("treeitem")
        .filter({ hasText: `${items.length} items` })
        .waitFor({ timeout: 90_000 });
      await page.getByRole("treeitem").filter({ hasText: "99" }).first().waitFor();
      longest.push((await longestTask(page)) / Math.min(slower, await howSlow()));
    }
    console.log(`reading JSON: longest tasks of ${longest.join(", ")} ms`);
    expect(Math.min(...longest)).toBeLessThan(100);
    await page.context().close();
  });

  test("YAML that would be very large if it were written out is read soon", async () => {
    const levels = "abcdefghij".split("");
    const laughs = levels.map((name, i) => {
      const items = i === 0 ? '"lol"' : `*${levels[i - 1]}`;
      return `${name}: &${name} [${Array.from({ length: 10 }, () => items).join(", ")}]`;
    });
    const page = await openPlayground();
    await drop(page, { file: "laughs.yaml", bytes: utf8(laughs.join("\n")) });
    await hasChecksum(page, sha256(laughs.join("\n")));
    await isRead(page);
    await page.getByRole("group", { name: "Text", exact: true }).getByText("j: &j [*i").waitFor();
    await field(page).fill(laughs.join("\n"));
    await page.getByLabel("written as").selectOption("yaml");
    await hasChecksum(page, sha256(`${laughs.join("\n")}\n`));
  });

  test("what looks like HTML stays text: values, keys, names and messages", async () => {
    const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
    const page = await openPlayground();
    await drop(page, { file: `${hostile}.json`, bytes: utf8(JSON.stringify({ [hostile]: [hostile] })) });
    const rows = page.getByRole("tree", { name: "Value" }).getByRole("treeitem");
    await rows.filter({ hasText: hostile }).first().click();
    await rows
      .filter({ hasText: JSON.stringify(hostile) })
      .first()
      .waitFor();
    expect(await page.locator(".identity-file").textContent()).toBe(`${hostile}.json`);
    await page.getByLabel("read as").selectOption("text");
    await page.getByRole("group", { name: "Text", exact: true }).getByText("onerror").waitFor();
    await field(page).fill(hostile);
    await page.getByLabel("written as").selectOption("checksum");
    await page.waitForFunction(() => document.querySelector("#source-problem")?.textContent?.trim() !== "");
    expect(await page.locator(".playground :is(img:not(.VPImage), script)").count()).toBe(0);
    expect(await page.title()).toContain("Try it");
  });

  const npyOf = (header: string, data = "") => {
    const length = Buffer.alloc(2);
    length.writeUInt16LE(header.length);
    return Buffer.concat([Buffer.from("\x93NUMPY\x01\x00", "latin1"), length, Buffer.from(header + data, "latin1")]);
  };

  test.each([
    ["cut off", serialize(new NdArray(new Float64Array(100)), "binary").slice(0, 300), /800 bytes, and/],
    ["without a header", Buffer.from("\x93NUMPY\x01\x00\xff\xff", "latin1"), /ends within its header/],
    ["of a shape that no machine holds", npyOf("{'descr': '<f8', 'fortran_order': False, 'shape': (2**60, 9), }"), /./],
    [
      "of very many elements",
      npyOf("{'descr': '<f8', 'fortran_order': False, 'shape': (1152921504606846976, 9), }"),
      /./,
    ],
    ["of objects", npyOf("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "x".repeat(8)), /objects/],
    ["with code in its header", npyOf("__import__('os').system('ls')"), /./],
  ])("a broken .npy is said to be one: %s", async (_, bytes, message) => {
    const page = await openPlayground();
    await drop(page, { file: "broken.npy", bytes });
    await hasChecksum(page, sha256(bytes));
    await isRead(page);
    const binary = page.locator(".celltypes tr", { hasText: /^binary/ });
    await binary.filter({ hasText: "✗ no" }).waitFor();
    expect(await binary.textContent()).toMatch(message);
    await page.getByRole("group", { name: "Bytes in hex" }).getByText("93 4e 55 4d 50 59", { exact: true }).waitFor();
  });

  test("JSON that is nested a hundred thousand times is refused, and the page goes on", async () => {
    const page = await openPlayground();
    await drop(page, { file: "deep.json", bytes: utf8("[".repeat(100_000) + "]".repeat(100_000)) });
    await isRead(page);
    expect(await page.locator(".celltypes tr", { hasText: /^plain/ }).textContent()).toMatch(/✗ no\s*\S/);
    await drop(page, "[1]");
    await hasChecksum(page, sha256("[\n  1\n]\n"));
  });

  test("hostile addresses are a message, and the page begins as without them", async () => {
    const bomb = new Blob([new Uint8Array(2 ** 23)]).stream().pipeThrough(new CompressionStream("deflate-raw"));
    const packed = toBase64Url(new Uint8Array(await new Response(bomb).arrayBuffer()));
    const hostile = [
      `v=1&bytes=${packed}`,
      "v=1&text=%3Cscript%3E&as=plain",
      "v=1&text=AAAA&as=__proto__",
      "v=9",
      `v=1&tab=${"x".repeat(40_000)}`,
    ];
    for (const fragment of hostile) {
      const page = await openPlayground(`#${fragment}`);
      await page.getByRole("alert").waitFor();
      await hasChecksum(page, "104a75ee9bf6a2d48c56642b9dc9844208d94c7631298e8b30e02e42614bae24");
    }
  });

  const mixed = () =>
    serialize(
      { levels: new NdArray(Float32Array.from({ length: 5_000 }, (_, i) => Math.sin(i / 300))), unit: "m" },
      "mixed",
    );
  const grid = () =>
    serialize(
      new NdArray(
        Float64Array.from({ length: 4_800 }, (_, i) => Math.sin(i / 100) * (i % 60)),
        { shape: [80, 60] },
      ),
      "binary",
    );

  test.each<readonly [string, (page: Page) => Promise<void>]>([
    ["a tree", (page) => page.getByRole("treeitem").first().waitFor()],
    [
      "a line",
      async (page) => {
        await drop(page, { file: "levels.mixed", bytes: mixed() });
        await page.getByRole("treeitem").filter({ hasText: "<f4" }).click();
        await page.locator(".plot-line canvas").waitFor();
      },
    ],
    [
      "a heat map",
      async (page) => {
        await drop(page, { file: "grid.npy", bytes: grid() });
        await page.getByRole("img", { name: /^Heat map/ }).waitFor();
      },
    ],
    [
      "a table",
      async (page) => {
        await drop(page, { file: "grid.npy", bytes: grid() });
        await page.getByRole("radio", { name: "table" }).click({ force: true });
        await page.getByRole("table").first().waitFor();
      },
    ],
    [
      "code",
      async (page) => {
        await drop(page, { file: "code.py", bytes: utf8("def f(x):\n    return x\n".repeat(200)) });
        await page.getByRole("group", { name: "Text", exact: true }).waitFor();
      },
    ],
    [
      "what is wrong",
      async (page) => {
        await field(page).fill('{"a": ');
        await page.waitForFunction(() => document.querySelector("#source-problem")?.textContent?.trim() !== "");
      },
    ],
  ])("nothing is wrong with the page in both themes and at three widths: %s", async (name, prepare) => {
    const page = await openPlayground();
    await isRead(page);
    await prepare(page);
    await isRead(page);
    expect(await examineView(page, `playground-${name.replaceAll(" ", "-")}`, true)).toEqual([]);
  });
});
