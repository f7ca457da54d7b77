import { readFileSync } from "node:fs";
import { join } from "node:path";
import { workspaceRoot } from "@seamless-tools/examples";
import { describe, expect, test } from "vitest";
import { type Fields, manifestFaults } from "../src/manifest-rules.ts";
import { publishedPackages } from "../src/tarball.ts";

const published = publishedPackages();
const read = (...path: readonly string[]) => readFileSync(join(...path), "utf8");
const fieldsOf = (directory: string) => JSON.parse(read(directory, "package.json")) as Fields;

describe.each(published.map((item) => [item.manifest.name, item] as const))("%s", (_, { directory }) => {
  test("says about itself what every package says", () => {
    expect(manifestFaults(directory, fieldsOf(directory))).toEqual([]);
  });

  test("has the license of the repository", () => {
    expect(read(directory, "LICENSE")).toBe(read(workspaceRoot, "LICENSE"));
  });
});

test("the author is who the license names", () => {
  const [, holder] = /^Copyright \(c\) \d+ (.*)$/m.exec(read(workspaceRoot, "LICENSE"))!;
  expect(new Set(published.map(({ directory }) => fieldsOf(directory)["author"]))).toEqual(new Set([holder]));
});

test("a new package that says nothing is told every field that it lacks", () => {
  const faults = manifestFaults("/packages/fresh", { name: "@seamless/fresh" });
  const fields = faults.map((fault) => /^fresh\/package\.json: (\w+) must /.exec(fault)?.[1]);
  expect(fields).toEqual([
    ...["version", "description", "license", "author", "keywords", "type", "engines", "sideEffects", "files"],
    ...["publishConfig", "exports", "scripts", "dependencies"],
  ]);
});

// One field of a package that is well, put wrong.
test.each<[field: string, wrong: unknown]>([
  ["name", "@seamless/other"],
  ["name", "checksum"],
  ["description", "Short"],
  ["description", "A description that ends with a full stop, as a sentence does, but no title."],
  ["license", "ISC"],
  ["author", "Somebody"],
  ["keywords", ["seamless", "seamless", "cache", "store"]],
  ["keywords", ["cache", "store", "checksum", "sha256"]],
  ["engines", { node: ">=18" }],
  ["sideEffects", true],
  ["sideEffects", []],
  ["sideEffects", ["src/index.ts"]],
  ["files", ["dist", "LICENSE"]],
  ["files", ["dist", "README.md", "LICENSE", "src"]],
  ["publishConfig", { access: "public", provenance: true }],
  ["main", "./dist/other.js"],
  ["types", undefined],
  ["typesVersions", { "*": { node: ["./dist/node/index.d.ts"] } }],
  ["scripts", { build: "tsup", typecheck: "tsc -p .", postinstall: "node setup.js" }],
  ["dependencies", { "@seamless/store": "workspace:*" }],
  ["dependencies", { undici: "*" }],
  ["dependencies", { undici: "github:nodejs/undici" }],
  ["repository", "elsewhere"],
  ["optionalDependencies", {}],
])("%s: %j is refused", (field, wrong) => {
  const { directory } = published.find(({ manifest }) => manifest.name === "@seamless/checksum")!;
  expect(manifestFaults(directory, { ...fieldsOf(directory), [field]: wrong })).toEqual([
    expect.stringContaining(`checksum/package.json: ${field} must `),
  ]);
});

test("a package without ./package.json among its exports is refused", () => {
  const { directory } = published[0]!;
  const { exports, ...fields } = fieldsOf(directory);
  const { "./package.json": _, ...others } = exports as Fields;
  expect(manifestFaults(directory, { ...fields, exports: others })).toEqual([expect.stringContaining("exports must ")]);
});

test("a peer that is not optional is refused", () => {
  const { directory } = published[0]!;
  const peerDependencies = { redis: "^6.0.0" };
  const required = { ...fieldsOf(directory), peerDependencies, peerDependenciesMeta: {} };
  const optional = { ...required, peerDependenciesMeta: { redis: { optional: true } } };
  expect(manifestFaults(directory, required)).toEqual([expect.stringContaining("peerDependenciesMeta must ")]);
  expect(manifestFaults(directory, optional)).toEqual([]);
});
