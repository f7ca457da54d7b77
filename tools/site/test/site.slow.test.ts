import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { gzipSync } from "node:zlib";
import { longestTask, slowDown, watchTasks } from "@seamless-tools/browser";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { BASE, buildSite, filesOf } from "./support/built-site.ts";
import { examineView } from "./support/examine.ts";
import { open, openReader } from "./support/reader.ts";
import { useSite } from "./support/test-site.ts";

const site = useSite();
/** Pages of the application, and pages of sources. */
let pages: readonly string[] = [];
let sourcePages: readonly string[] = [];

beforeAll(() => {
  const html = filesOf(site.folder).filter((file) => file.endsWith(".html"));
  pages = html.filter((file) => !file.startsWith("source/"));
  sourcePages = html.filter((file) => file.startsWith("source/"));
});

const read = (file: string) => readFileSync(join(site.folder, file), "utf8");

/** What the playground reads of its address, which is no place in it. */
const isState = (file: string, hash: string) => file === "playground.html" && hash.startsWith("v=1&");

describe("the files", () => {
  test("are the same bytes when they are built again", { timeout: 900_000 }, async () => {
    const again = mkdtempSync(join(tmpdir(), "seamless-site-again-"));
    onTestFinished(() => rmSync(again, { recursive: true, force: true }));
    await buildSite(again);
    const files = filesOf(site.folder);
    expect(filesOf(again)).toEqual(files);
    const different = files.filter(
      (file) => !readFileSync(join(site.folder, file)).equals(readFileSync(join(again, file))),
    );
    expect(different).toEqual([]);
  });

  test("every link leads to a file of the site, and to a place in it", () => {
    const dead: string[] = [];
    const ids = new Map<string, ReadonlySet<string>>();
    const idsOf = (file: string) => {
      const known = ids.get(file) ?? new Set([...read(file).matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!));
      ids.set(file, known);
      return known;
    };
    const files = new Set(filesOf(site.folder));
    for (const from of [...pages, ...sourcePages]) {
      for (const [, attribute] of read(from).matchAll(/ (?:href|src)="([^"]+)"/g)) {
        const link = attribute!.replaceAll("&amp;", "&");
        if (/^(?:https?|mailto|data):/.test(link)) continue;
        const [path = "", hash] = link.split("#");
        const absolute = path.startsWith("/") ? path : `${BASE}${posix.join(posix.dirname(from), path)}`;
        if (path !== "" && !absolute.startsWith(BASE)) {
          dead.push(`${from}: ${link} is outside of the site`);
          continue;
        }
        const name = decodeURI(absolute.slice(BASE.length));
        const file = path === "" ? from : name === "" || name.endsWith("/") ? `${name}index.html` : name;
        if (!files.has(file)) dead.push(`${from}: ${link}`);
        else if (
          hash !== undefined &&
          hash !== "" &&
          !isState(file, hash) &&
          !idsOf(file).has(decodeURIComponent(hash))
        ) {
          dead.push(`${from}: ${link} is not a place in it`);
        }
      }
    }
    expect(dead).toEqual([]);
  });

  test("links that leave the site go to https", () => {
    const links = pages.flatMap((file) =>
      [...read(file).matchAll(/<a [^>]*href="(http:[^"]+)"/g)].map(([, url]) => url!),
    );
    expect(links.filter((url) => !/^http:\/\/(?:localhost|127\.0\.0\.1)/.test(url))).toEqual([]);
  });

  test("no page may run scripts or have styles that stand in it", () => {
    for (const file of [...pages, ...sourcePages]) {
      const html = read(file);
      const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1];
      expect(policy, file).toMatch(/^default-src 'none'; /);
      expect(policy, file).not.toMatch(/unsafe-inline|unsafe-eval|\*/);
      expect(html, file).not.toMatch(/<[a-z][^>]* (?:style|on[a-z]+)="/);
      expect(html, file).not.toMatch(/<style/);
    }
  });

  test("each page is there as Markdown, and llms.txt lists it", () => {
    const list = read("llms.txt");
    for (const file of pages.filter((page) => !["404.html", "index.html"].includes(page))) {
      const markdown = file.replace(/\.html$/, ".md");
      expect(list).toContain(`](${BASE}${markdown})`);
      expect(read(file)).toContain(`<link rel="alternate" type="text/markdown" href="${BASE}${markdown}">`);
      expect(read(markdown), markdown).toMatch(/^(?:<!--.*?-->\n+)?# /s);
    }
  });

  test("what prepares the examples of a page is nowhere on the site", () => {
    const shown = filesOf(site.folder).filter((file) => !file.startsWith("source/") && !file.endsWith(".svg"));
    expect(shown.filter((file) => read(file).includes("status.json"))).toEqual([]);
  });

  test("links of the Markdown lead to files of the site", () => {
    const files = new Set(filesOf(site.folder));
    const listed = filesOf(site.folder).filter((file) => file.endsWith(".md") || file === "llms.txt");
    const dead = listed.flatMap((file) =>
      [
        ...read(file)
          .replaceAll(/^(`{3,}).*?^\1/gms, "")
          .matchAll(/\]\((\/[^)\s#]+)/g),
      ]
        .map(([, path]) => path!)
        .filter((path) => !path.startsWith(BASE) || !files.has(path.slice(BASE.length)))
        .map((path) => `${file}: ${path}`),
    );
    expect(dead).toEqual([]);
  });
});

describe.skipIf(!site.hasBrowser)("in Chromium", () => {
  /** Sources all have one form. */
  const seen = () => [...pages, ...sourcePages.slice(0, 2)];

  test("every page, in both themes and at three widths", { timeout: 900_000 }, async () => {
    const files = [...seen()];
    const found: string[] = [];
    // Two at a time: each has a process of its own.
    const work = async () => {
      const { page, problems } = await openReader(site.browser);
      for (let file = files.shift(); file !== undefined; file = files.shift()) {
        await open(page, site.server.url + file);
        found.push(...(await examineView(page, file.replaceAll("/", "-"))));
      }
      await page.context().close();
      found.push(...problems);
    };
    await Promise.all([work(), work()]);
    expect(found).toEqual([]);
  });

  test("without scripts, the text and the sample are there", async () => {
    const { page } = await openReader(site.browser, { javaScriptEnabled: false });
    await page.goto(site.server.url);
    expect(await page.locator("h1").textContent()).toContain("Data by its content");
    expect(await page.locator(".live-checksum").getAttribute("aria-label")).toMatch(/^[0-9a-f]{64}$/);
    // What would do nothing is not offered, and it is said why.
    expect(await page.locator(".live").textContent()).toContain("takes scripts");
    expect(await page.getByLabel("Value", { exact: true }).isDisabled()).toBe(true);
    expect(await page.locator(".live-copy").isDisabled()).toBe(true);
    await page.goto(`${site.server.url}playground.html`);
    expect(await page.locator("main").textContent()).toContain("takes scripts");
    await page.goto(`${site.server.url}packages/cache.html`);
    expect(await page.locator("main").textContent()).toContain("What goes first");
    await page.context().close();
  });

  test("the start page loads at most 120 kB of script, compressed, also when one types, and nothing from elsewhere", async () => {
    const { page } = await openReader(site.browser);
    const scripts: string[] = [];
    const requests: string[] = [];
    page.on("response", (response) => {
      requests.push(response.url());
      if (response.url().endsWith(".js")) scripts.push(new URL(response.url()).pathname.slice(BASE.length));
    });
    const expectLight = (when: string) => {
      const bytes = scripts
        .map((script) => gzipSync(readFileSync(join(site.folder, script)), { level: 9 }).length)
        .reduce((sum, each) => sum + each, 0);
      console.log(`${when}: ${requests.length} requests; ${scripts.length} scripts, ${bytes} bytes with gzip`);
      expect(bytes, when).toBeLessThanOrEqual(120_000);
    };
    await open(page, site.server.url);
    await page.waitForLoadState("networkidle");
    expect(scripts.length).toBeGreaterThan(2);
    expectLight("the start page");
    expect(requests.length).toBeLessThanOrEqual(12);
    // What makes buffers is loaded when somebody types.
    const before = scripts.length;
    const link = page.locator(".live-more a");
    const fragment = await link.getAttribute("href");
    await page.getByLabel("Value", { exact: true }).press("Control+End");
    await page.keyboard.type(" ");
    await page.waitForFunction((old) => document.querySelector(".live-more a")?.getAttribute("href") !== old, fragment);
    await page.waitForFunction(() => document.querySelector<HTMLButtonElement>(".live-copy")?.disabled === false);
    await page.waitForLoadState("networkidle");
    expect(scripts.length).toBeGreaterThan(before);
    expectLight("the start page, once a character is typed");
    expect(requests.filter((url) => !url.startsWith(site.server.url) && !url.startsWith("data:"))).toEqual([]);
    await page.context().close();
  });

  test("a load takes no task over 200 ms, on a processor that is four times slower", { timeout: 600_000 }, async () => {
    // What else the machine does lengthens tasks; so the best of some loads counts.
    const longest: number[] = [];
    for (let load = 0; load < 8 && Math.min(...longest) >= 200; load++) {
      const { page } = await openReader(site.browser);
      await slowDown(page, 4);
      await watchTasks(page);
      await open(page, site.server.url);
      await page.waitForLoadState("networkidle");
      longest.push(await longestTask(page));
      await page.context().close();
    }
    console.log(`the start page: longest tasks of ${longest.join(", ")} ms`);
    expect(Math.min(...longest)).toBeLessThan(200);
  });

  test("the live box shows buffer and checksum as one types, by keyboard", async () => {
    const { page, problems } = await openReader(site.browser);
    await open(page, site.server.url);
    const checksum = page.locator(".live-checksum");
    await page.getByLabel("Value", { exact: true }).focus();
    await page.keyboard.press("Control+A");
    await page.keyboard.type('{"b": 2, "a": [1, 2.5]}');
    // As `seamless checksum-of` prints it.
    const expected = "45c166264010a2f627535f2fad0125e1aa1d1967191d62c8c7144e325f3eea5d";
    await page.waitForFunction((hex) => document.querySelector(".live-checksum")?.ariaLabel === hex, expected);
    expect(await page.locator(".live-buffer pre").textContent()).toBe(
      '{\n  "a": [\n    1,\n    2.5\n  ],\n  "b": 2\n}\n',
    );
    await page.keyboard.press("Backspace");
    await page.waitForFunction(() => document.querySelector("#live-problem")?.textContent !== "");
    expect(await checksum.getAttribute("aria-label")).toBe(expected);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("a wrong value: what is shown is said to be of the value before, and is not copied", async () => {
    const { page, problems } = await openReader(site.browser);
    await open(page, site.server.url);
    const copy = page.locator(".live-copy");
    expect(await page.locator(".live").textContent()).not.toContain("takes scripts");
    expect(await copy.isEnabled()).toBe(true);
    await page.getByLabel("Value", { exact: true }).fill("{");
    await page.locator(".live-stale").waitFor();
    expect(await copy.isDisabled()).toBe(true);
    expect(await page.locator(".live-buffer").textContent()).toContain("Checksum of the value before");
    expect(await examineView(page, "index-wrong-value")).toEqual([]);
    await page.getByLabel("Value", { exact: true }).fill("{}");
    await page.waitForFunction(() => document.querySelector(".live-stale") === null);
    expect(await copy.isEnabled()).toBe(true);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("the live box leads to the playground with its value, at once where that is too long", async () => {
    const { page, problems } = await openReader(site.browser);
    await open(page, site.server.url);
    const link = page.locator(".live-more a");
    /** Once the link is that of what was typed. */
    const type = async (text: string) => {
      const before = await link.getAttribute("href");
      await page.getByLabel("Value", { exact: true }).fill(text);
      await page.waitForFunction((old) => document.querySelector(".live-more a")?.getAttribute("href") !== old, before);
    };
    await type(JSON.stringify(Array.from({ length: 5_000 }, (_, i) => i)));
    expect(await page.locator("#live-problem").textContent()).toContain("over 20 kB");
    await type('["a value of its own"]');
    await link.click();
    await page.locator(".playground textarea").first().waitFor();
    expect(await page.locator(".playground textarea").first().inputValue()).toBe('["a value of its own"]');
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("links to the playground open the tab that they are about", async () => {
    const { page, problems } = await openReader(site.browser);
    for (const [from, tab] of [
      ["concepts/buffer.html", "Value"],
      ["concepts/conversion.html", "Matrix"],
      ["guides/first-data.html", "Compare"],
      ["concepts/cache.html", "Cache"],
    ]) {
      await open(page, site.server.url + from);
      await page.locator('main a[href*="playground.html#v=1"]').click();
      await page.locator(`.playground [role=tab][aria-selected=true]:text-is("${tab}")`).waitFor();
    }
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("the live box takes every celltype, by arrow keys and by pointer", async () => {
    const { page, problems } = await openReader(site.browser);
    await open(page, site.server.url);
    const names = await page.locator(".live-celltype").allTextContents();
    expect(names).toHaveLength(13);
    await page.locator(".live-celltype input").first().focus();
    for (const name of names.slice(1)) {
      await page.keyboard.press("ArrowRight");
      expect(await page.locator(".live-celltype input:checked").inputValue()).toBe(name);
    }
    await page.getByRole("radio", { name: "python", exact: true }).click();
    await page.getByLabel("Value", { exact: true }).fill("def f(");
    await page.waitForFunction(() => document.querySelector("#live-problem")?.textContent !== "");
    await page.getByLabel("Value", { exact: true }).fill("x = 1");
    await page.waitForFunction(() => document.querySelector("#live-problem")?.textContent === "");
    expect(await page.locator(".live-buffer pre").textContent()).toBe("x = 1\n");
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("a value that looks like HTML stays text", async () => {
    const { page } = await openReader(site.browser);
    await open(page, site.server.url);
    await page.getByRole("radio", { name: "text", exact: true }).click();
    const hostile = '<img src=x onerror="document.title=1"></code><script>document.title=2</script>';
    await page.getByLabel("Value", { exact: true }).fill(hostile);
    await page.waitForFunction(
      (text) => document.querySelector(".live-buffer pre")?.textContent === `${text}\n`,
      hostile,
    );
    expect(await page.locator(".live-buffer img, .live-buffer script").count()).toBe(0);
    await page.context().close();
  });

  test("the search finds a word of a package's page without a network", async () => {
    const { page, problems } = await openReader(site.browser);
    await open(page, site.server.url);
    await page.keyboard.press("Control+k");
    const field = page.locator("#localsearch-input");
    await field.waitFor();
    await page.waitForLoadState("networkidle");
    await page.context().setOffline(true);
    await field.fill("fingertip");
    await page.locator(".VPLocalSearchBox .result").first().waitFor();
    const results = await page.locator(".VPLocalSearchBox .result").allTextContents();
    expect(results.join("\n")).toMatch(/fingertip/i);
    await page.context().setOffline(false);
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => url.href !== site.server.url);
    expect(problems.filter((problem) => !/ERR_INTERNET_DISCONNECTED/.test(problem))).toEqual([]);
    await page.context().close();
  });

  test("the search shows what is learnt from before what is looked up", async () => {
    const { page, problems } = await openReader(site.browser);
    await open(page, site.server.url);
    await page.keyboard.press("Control+k");
    for (const word of ["cache", "celltype", "checksum"]) {
      await page.locator("#localsearch-input").fill(word);
      await page.waitForFunction((typed) => {
        const first = document.querySelector(".VPLocalSearchBox .result");
        const place = first?.getAttribute("href") ?? "";
        return /\/(guides|concepts)\//.test(place) && first?.textContent?.toLowerCase().includes(typed);
      }, word);
    }
    expect(await page.locator(".VPLocalSearchBox .result").allTextContents()).not.toContain("References");
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("the first Tab stop leads past the navigation", async () => {
    const { page } = await openReader(site.browser);
    await open(page, `${site.server.url}packages/cache.html`);
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to content");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("location.hash")).toBe("#VPContent");
    await page.context().close();
  });

  test("the theme is switched, and kept, under the policy of the page", async () => {
    const { page, problems } = await openReader(site.browser, {
      colorScheme: "light",
      viewport: { width: 1440, height: 900 },
    });
    await open(page, site.server.url);
    await page.getByRole("switch").first().click();
    expect(await page.evaluate("document.documentElement.classList.contains('dark')")).toBe(true);
    await page.reload({ waitUntil: "networkidle" });
    expect(await page.evaluate("document.documentElement.classList.contains('dark')")).toBe(true);
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
