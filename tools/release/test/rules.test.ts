import { SBOM_FILE, type Tarball } from "@seamless-tools/packages";
import { describe, expect, test } from "vitest";
import { differences } from "../src/differences.ts";
import { inOrderOfDependencies } from "../src/order.ts";
import { distTag, publishArguments } from "../src/registry.ts";

function tarball(manifest: Partial<Tarball["manifest"]>, code = ""): Tarball {
  const whole = { name: "@seamless/a", version: "0.1.0", ...manifest };
  const files = { "package.json": JSON.stringify(whole), "dist/index.js": code };
  const contents = Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)] as const);
  return { path: "/a.tgz", bytes: new Uint8Array(), files: new Map(contents), manifest: whole };
}

describe("the dist-tag", () => {
  test.each([
    ["the first version", "0.1.0", undefined, "latest"],
    ["a newer version", "0.1.10", "0.1.9", "latest"],
    ["a prerelease", "0.2.0-next.0", "0.1.0", "next"],
    ["a patch of an older minor", "0.1.10", "0.2.0", "release-0.1"],
    ["of an older major", "1.2.3", "2.0.0", "release-1.2"],
  ])("of %s", (_, version, latest, expected) => {
    expect(distTag(version, latest)).toBe(expected);
  });
});

describe("provenance", () => {
  const url = { ACTIONS_ID_TOKEN_REQUEST_URL: "https://identity.example" };
  const token = { ACTIONS_ID_TOKEN_REQUEST_TOKEN: "t" };
  test.each([
    ["where the platform vouches for the build", { ...url, ...token }, true],
    ["not in a job that may not ask", url, false],
    ["not on a desk", {}, false],
  ])("%s", (_, env, expected) => {
    const args = publishArguments("/a.tgz", "latest", env);
    expect(args.slice(0, 2)).toEqual(["publish", "/a.tgz"]);
    expect(args.includes("--provenance")).toBe(expected);
  });
});

describe("two tarballs of one version", () => {
  const needs = (range: string) => tarball({ dependencies: { "@seamless/b": range, other: "^1.0.0" } });
  const siblings = (version: string) => [tarball({ name: "@seamless/b", version })];

  test("differ where their files do", () => {
    expect(differences(tarball({}, "1"), tarball({}, "1"), [])).toEqual([]);
    expect(differences(tarball({}, "1"), tarball({}, "2"), [])).toEqual(["dist/index.js"]);
    expect(differences(tarball({ exports: "./a.js" }), tarball({}), [])).toEqual(["package.json"]);
  });

  test("do not differ by what was installed with them when they were tested", () => {
    const tested = (version: string): Tarball => {
      const { files, ...rest } = tarball({});
      return { ...rest, files: new Map([...files, [SBOM_FILE, new TextEncoder().encode(version)]]) };
    };
    expect(differences(tested("undici 7.30.3"), tested("undici 7.30.2"), [])).toEqual([]);
  });

  test("do not differ by the patch of a sibling, which the published range admits", () => {
    expect(differences(needs("^0.1.1"), needs("^0.1.0"), siblings("0.1.1"))).toEqual([]);
  });

  test("differ by a version of a sibling that the published range does not admit", () => {
    expect(differences(needs("^0.2.0"), needs("^0.1.0"), siblings("0.2.0"))).toEqual(["package.json"]);
  });

  test("differ by the range of anything else", () => {
    const other = tarball({ dependencies: { "@seamless/b": "^0.1.0", other: "^1.0.1" } });
    expect(differences(other, needs("^0.1.0"), siblings("0.1.0"))).toEqual(["package.json"]);
  });
});

describe("the order of publishing", () => {
  const of = (name: string, ...dependencies: readonly string[]) =>
    tarball({ name, dependencies: Object.fromEntries(dependencies.map((other) => [other, "^0.1.0"])) });

  test("has each after what it depends on", () => {
    const ordered = inOrderOfDependencies([of("a", "b", "outside"), of("b", "c"), of("c"), of("d", "c")]);
    expect(ordered.map(({ manifest }) => manifest.name)).toEqual(["c", "b", "a", "d"]);
  });

  test("does not exist in a circle", () => {
    expect(() => inOrderOfDependencies([of("a", "b"), of("b", "a")])).toThrow("a → b → a");
  });
});
