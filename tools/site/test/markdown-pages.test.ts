import { expect, test } from "vitest";
import {
  llmsText,
  summaryOf,
  titleOf,
  withoutMarkup,
  withoutReferences,
  withSiteLinks,
} from "../src/markdown-pages.ts";

const PAGE = [
  "# The [first](a.md) `page`",
  "",
  "What **it** is [about](b.md), in",
  "a line. And more.",
  "",
  "```md",
  "[none](c.md)",
  "```",
  "",
].join("\n");

test("a title has no marks", () => {
  expect(titleOf(PAGE)).toBe("The first page");
});

test("a summary is the first sentence of the first paragraph", () => {
  expect(summaryOf(PAGE)).toBe("What it is about, in a line.");
});

test("what only VitePress understands is left out", () => {
  expect(withoutMarkup("---\nprev: false\n---\n\n# Page {.big}\n\n<LiveBuffer />\n\nText {.lead}\n")).toBe(
    "# Page\n\nText\n",
  );
});

test("links lead where the site has it, but for those in code and on the page itself", () => {
  const text = withSiteLinks(`${PAGE}[here](#x)`, (target) => `/site/${target}`);
  expect(text).toContain("[about](/site/b.md)");
  expect(text).toContain("[none](c.md)");
  expect(text).toContain("[here](#x)");
});

test("llms.txt lists the pages by section", () => {
  const pages = [{ path: "a/b.md", title: "B", text: "# B\n\nAbout b.\n" }];
  expect(llmsText("Site", "What it is", [{ title: "One", pages }], "/base/")).toBe(
    "# Site\n\n> What it is\n\n## One\n\n- [B](/base/a/b.md): About b.\n",
  );
});

test("what an entry exports again is no part of what is found on its page", () => {
  const page = (end: string) => `# One\n\n## Functions\n\na\n\n${end}`;
  const references = "## References\n\n### b\n\nRe-exports b\n";
  expect(withoutReferences(page(references))).toBe(page(""));
  expect(withoutReferences(page(`${references}\n## Variables\n`))).toBe(page("## Variables\n"));
});
