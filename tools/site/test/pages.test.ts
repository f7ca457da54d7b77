import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { workspaceRoot } from "@seamless-tools/examples";
import { expect, test } from "vitest";
import { SECTIONS, SHORT_TITLES } from "../../../docs/.vitepress/pages.ts";
import { pageOf, resolveLink } from "../src/places.ts";

const listed = SECTIONS.flatMap(({ pages }) => pages);
const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], {
  cwd: workspaceRoot,
  encoding: "utf8",
})
  .trimEnd()
  .split("\n");

test("every page is in the navigation, once", () => {
  const pages = files.filter((file) => pageOf(file) !== undefined && file !== "docs/index.md");
  expect([...listed].sort()).toEqual(pages.sort());
});

test("short titles are of pages", () => {
  expect(
    Object.keys(SHORT_TITLES).filter((file) => !listed.includes(file) && !file.startsWith("results/api/")),
  ).toEqual([]);
});

test("every page begins with a heading", () => {
  const without = listed.filter(
    (file) => !/^(?:---\n.*?\n---\n+)?(?:<!--.*?-->\n+)?# /s.test(readFileSync(join(workspaceRoot, file), "utf8")),
  );
  expect(without).toEqual([]);
});

test.each([
  ["README.md", "overview.md"],
  ["SECURITY.md", "security.md"],
  ["docs/scale.md", "scale.md"],
  ["docs/decisions/README.md", "decisions/index.md"],
  ["docs/decisions/own-json.md", "decisions/own-json.md"],
  ["packages/cache/README.md", "packages/cache.md"],
  ["results/api/README.md", "api/index.md"],
  ["results/api/@seamless/cache/node.md", "api/@seamless/cache/node.md"],
  ["packages/python/THIRD-PARTY.md", undefined],
  ["examples/README.md", undefined],
])("%s is the page %s", (file, page) => {
  expect(pageOf(file)).toBe(page);
});

const sources = { urlOf: (file: string) => `https://example.org/${file}` };

test.each([
  ["docs/scale.md", "benchmarks.md#cache", "/benchmarks.md#cache"],
  ["docs/scale.md", "#money", "#money"],
  ["docs/decisions/own-json.md", "README.md", "/decisions/index.md"],
  ["packages/cache/README.md", "../store/README.md#the-port", "/packages/store.md#the-port"],
  ["packages/cache/README.md", "../../docs/benchmarks.md", "/benchmarks.md"],
  ["docs/adding.md", "../packages/cache/src/index.ts", "https://example.org/packages/cache/src/index.ts"],
  ["README.md", "examples", "https://example.org/examples"],
])("in %s, %s leads to %s", (from, target, url) => {
  expect(resolveLink(from, target, workspaceRoot, sources)).toEqual({ url, isSource: url.startsWith("https:") });
});

test.each(["nowhere.md", "../../outside.md", "../missing/"])("a link that leads nowhere is an error: %s", (target) => {
  expect(() => resolveLink("docs/scale.md", target, workspaceRoot, sources)).toThrow(
    `docs/scale.md: a link leads nowhere: ${target}`,
  );
});
