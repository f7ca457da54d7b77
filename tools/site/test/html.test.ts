import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { withoutStyles, withPolicy } from "../src/policy.ts";
import { sourcePage, sourcesOf } from "../src/source-pages.ts";

const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

test("the policy allows the inline scripts of the page, by their hashes, and no others", () => {
  const page = '<head><meta charset="utf-8"><script src="/a.js"></script><script id="x">one()</script></head>';
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(withPolicy(page))?.[1] ?? "";
  expect(policy).toContain(`script-src 'self' ${hash("one()")};`);
  expect(policy).toContain("default-src 'none';");
  expect(policy).not.toContain("unsafe-inline");
});

test("the policy comes before all that it is about", () => {
  const page = withPolicy('<head><meta charset="utf-8"><script>one()</script></head>');
  expect(page.indexOf("Content-Security-Policy")).toBeLessThan(page.indexOf("<script>"));
});

test("a page without a place for its policy is an error", () => {
  expect(() => withPolicy("<head><script>one()</script></head>")).toThrow("no place for its policy");
});

test("attributes style are gone, and text that looks like one is not", () => {
  expect(withoutStyles('<p style="a:b" id="x">style="c"</p>')).toBe('<p id="x">style="c"</p>');
});

function repository(manifest: object, files: Readonly<Record<string, string>> = {}): string {
  const root = mkdtempSync(join(tmpdir(), "seamless-site-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [name, text] of Object.entries({ "package.json": JSON.stringify(manifest), ...files })) {
    writeFileSync(join(root, name), text);
  }
  return root;
}

test("without a repository, sources are shown on the site", () => {
  expect(sourcesOf(repository({}), "/base/").urlOf("packages/a/src/b.ts")).toBe(
    "/base/source/packages/a/src/b.ts.html",
  );
});

test("a source is shown with its lines, as text", () => {
  const page = sourcePage(repository({}, { "a.ts": 'const a = "<b>&";\nexport { a };\n' }), "a.ts");
  expect(page).toContain('<li id="L1"><code>const a = &quot;&lt;b&gt;&amp;&quot;;</code></li>');
  expect(page.match(/<li /g)).toHaveLength(2);
});

test("of a folder, its files are shown", () => {
  expect(sourcePage(repository({}, { "b.ts": "" }), ".")).toContain("<code>b.ts</code>");
});
