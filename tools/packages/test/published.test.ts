import type { Manifest, WorkspacePackage } from "@seamless-tools/examples";
import { expect, test } from "vitest";
import { publishedManifest } from "../src/manifest.ts";
import { absoluteLinks, originFields, originOf } from "../src/origin.ts";

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
    files: ["dist", "sbom.cdx.json"],
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
