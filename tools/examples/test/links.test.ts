import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { anchors, relativeLinks, workspacePackages, workspaceRoot } from "../src/index.ts";

const PAGE = [
  "# The [first](a.md) page",
  "",
  "[here](#what-it-costs), [there](../b.md#c) and [elsewhere](https://example.org/c.md) [mail](mailto:a@b).",
  "```md",
  "# no heading",
  "[no link](d.md)",
  "```",
  "## What it `costs`",
].join("\n");

test("links within the repository, outside of fences", () => {
  expect(relativeLinks(PAGE)).toEqual([
    { line: 1, path: "a.md", anchor: undefined },
    { line: 3, path: "", anchor: "what-it-costs" },
    { line: 3, path: "../b.md", anchor: "c" },
  ]);
});

test("headings are named as GitHub names them", () => {
  expect([...anchors(PAGE)]).toEqual(["the-firstamd-page", "what-it-costs"]);
});

/** What opens a tab of the playground: no heading of its page. */
const TAB = /^v=1&tab=(?:value|matrix|compare|cache)$/;

const folders = [workspaceRoot, join(workspaceRoot, "examples"), ...workspacePackages().map((each) => each.directory)];
const pages = [...folders.flatMap((folder) => pagesIn(folder, false)), ...pagesIn(join(workspaceRoot, "docs"), true)];

describe("every link leads somewhere", () => {
  test.each(pages.map((page) => [relative(workspaceRoot, page), page] as const))("%s", (_, page) => {
    const dead = relativeLinks(readFileSync(page, "utf8")).flatMap(({ line, path, anchor }) => {
      const target = path === "" ? page : join(dirname(page), path);
      const there =
        existsSync(target) &&
        (anchor === undefined ||
          !target.endsWith(".md") ||
          (target.endsWith("docs/playground.md") && TAB.test(anchor)) ||
          anchors(readFileSync(target, "utf8")).has(anchor));
      return there ? [] : [`line ${line}: ${path}${anchor === undefined ? "" : `#${anchor}`}`];
    });
    expect(dead).toEqual([]);
  });
});

test("every script that a page tells to run is there", () => {
  const { scripts } = JSON.parse(readFileSync(join(workspaceRoot, "package.json"), "utf8"));
  const told = pages.flatMap((page) =>
    Array.from(readFileSync(page, "utf8").matchAll(/\bnpm run ([\w:-]+)/g), ([, name]) => ({
      page: relative(workspaceRoot, page),
      name: name!,
    })),
  );
  expect(told.map(({ name }) => name)).toContain("release:pack");
  expect(told.filter(({ name }) => !(name in scripts))).toEqual([]);
});

function pagesIn(folder: string, deep: boolean): readonly string[] {
  return readdirSync(folder, { recursive: deep, encoding: "utf8" })
    .filter((name) => name.endsWith(".md") && !name.split(/[\\/]/).includes("node_modules"))
    .sort()
    .map((name) => join(folder, name));
}
