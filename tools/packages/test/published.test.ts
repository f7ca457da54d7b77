import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Manifest, WorkspacePackage } from "@seamless-tools/examples";
import { workspaceRoot } from "@seamless-tools/examples";
import { expect, test } from "vitest";
import { publishedManifest } from "../src/manifest.ts";
import { absoluteLinks, originFields, originOf } from "../src/origin.ts";
import { publishedReadme } from "../src/readme.ts";
import { publishedPackages } from "../src/tarball.ts";

function item(name: string, version: string, more: object = {}): WorkspacePackage {
  return { directory: `/repo/packages/${name}`, manifest: { name: `@seamless/${name}`, version, ...more } as Manifest };
}

const web = "https://code.example/owner/repository";
const named = { repository: { type: "git", url: `git+${web}.git` }, homepage: `${web}#readme`, bugs: `${web}/issues` };

test("siblings' ranges become those of their versions, and nothing of the workspace is left", () => {
  const { manifest } = item("a", "0.1.0", {
    files: ["dist"],
    scripts: { prepublishOnly: "false" },
    dependencies: { "@seamless/b": "workspace:^", "@seamless/c": "workspace:*", other: "^1.0.0" },
    devDependencies: { "@seamless/internal": "workspace:^" },
  });
  expect(publishedManifest(manifest, [item("b", "0.2.0"), item("c", "0.3.0")])).toEqual({
    name: "@seamless/a",
    version: "0.1.0",
    files: ["dist", "CHANGELOG.md", "sbom.cdx.json"],
    dependencies: { "@seamless/b": "^0.2.0", "@seamless/c": "0.3.0", other: "^1.0.0" },
  });
});

test.each([
  ["0.1.0", "0.x"],
  ["0.2.0", "0.x"],
  ["1.4.2", "1.x"],
  ["0.2.0-next.1", "0.x || ^0.2.0-next.1"],
])("an optional peer at %s may be any of its major", (version, range) => {
  const { manifest } = item("a", "0.1.0", { peerDependenciesMeta: { "@seamless/b": { optional: true } } });
  expect(publishedManifest(manifest, [item("b", version)]).peerDependencies).toEqual({ "@seamless/b": range });
});

test("a package says where it comes from", () => {
  expect(originFields(originOf(named)!, item("a", "0.1.0"))).toEqual({
    repository: { type: "git", url: `git+${web}.git`, directory: "packages/a" },
    homepage: `${web}#readme`,
    bugs: { url: `${web}/issues` },
  });
});

test("an origin is whole, or there is none", () => {
  for (const field of ["repository", "homepage", "bugs"])
    expect(originOf({ ...named, [field]: undefined })).toBe(undefined);
});

test.each(["owner/repository", "git@code.example:owner/repository.git", "https://", 7])(
  "%j is no address",
  (repository) => {
    expect(() => originOf({ ...named, repository })).toThrow("https://");
  },
);

test("links of a README lead to the repository at its version, but those within it, to the web and in code", () => {
  const readme = ["[b](../b/README.md#x) [here](#here) [w](https://w.example)", "```", "[b](../b)", "```"].join("\n");
  expect(absoluteLinks(readme, originOf(named)!, item("a", "0.1.0"))).toBe(
    [
      `[b](${web}/blob/@seamless/a@0.1.0/packages/b/README.md#x) [here](#here) [w](https://w.example)`,
      "```",
      "[b](../b)",
      "```",
    ].join("\n"),
  );
});

test("a README that is published does not say that its package is not on npm, and nothing else is left out", () => {
  const readme = "# a\n\n```sh\nnpm install a\n```\n\n**Not on npm yet**: [pack it](../b).\n\n## Example\n";
  expect(publishedReadme(readme)).toBe("# a\n\n```sh\nnpm install a\n```\n\n## Example\n");
  expect(publishedReadme("# a\n\nIt is **not on npm yet**?\n")).toBe("# a\n\nIt is **not on npm yet**?\n");
});

test("as long as one README says that nothing is on npm yet, all do, and a release takes it out", () => {
  const folders = [workspaceRoot, ...publishedPackages().map(({ directory }) => directory)];
  const readmes = folders.map((folder) => readFileSync(join(folder, "README.md"), "utf8"));
  expect(new Set(readmes.map((readme) => /not on npm yet/i.test(readme))).size).toBe(1);
  for (const readme of readmes.slice(1)) expect(publishedReadme(readme)).not.toMatch(/not on npm yet/i);
});
