import { existsSync } from "node:fs";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { describe, expect, test } from "vitest";
import { productionTree } from "../src/installed.ts";
import { sbomOf } from "../src/sbom.ts";
import { publishedPackages } from "../src/tarball.ts";

interface Component {
  readonly name: string;
  readonly group?: string;
  readonly version: string;
  readonly type: string;
  readonly scope?: string;
  readonly purl?: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses: readonly { readonly license?: { readonly id: string }; readonly expression?: string }[];
  readonly components?: readonly Component[];
  readonly "bom-ref": string;
}

interface Sbom {
  readonly metadata: { readonly component: Component };
  readonly components?: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

const published = publishedPackages();
const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
const read = (text: string) => JSON.parse(text) as Sbom;
const fullName = ({ group, name }: Component) => (group === undefined ? name : `${group}/${name}`);

function sbomNamed(name: string): Sbom {
  return read(sbomOf(published.find(({ manifest }) => manifest.name === name)!.directory));
}

describe.each(published.map((item) => [item.manifest.name, item] as const))("%s", (name, { directory, manifest }) => {
  const text = sbomOf(directory);
  const { metadata, components = [], dependencies } = read(text);

  test("is CycloneDX, by its schema", async () => {
    expect(await validator.validate(text)).toBeNull();
  });

  test("is about the package, and lists all that is installed with it", () => {
    expect([fullName(metadata.component), metadata.component.version]).toEqual([name, manifest.version]);
    const installed = productionTree(directory).map((item) => item.manifest.name);
    expect([name, ...components.map(fullName)].toSorted()).toEqual(installed.toSorted());
    expect(components.filter(({ licenses, purl }) => licenses.length === 0 || !purl?.startsWith("pkg:npm/"))).toEqual(
      [],
    );
  });

  test("knows the bytes of what comes from others", () => {
    const others = components.filter(({ group }) => group !== "@seamless");
    for (const { hashes } of others) {
      expect(hashes).toEqual([{ alg: "SHA-512", content: expect.stringMatching(/^[0-9a-f]{128}$/) }]);
    }
  });

  test("says what needs what", () => {
    const own = dependencies.find(({ ref }) => ref === metadata.component["bom-ref"]);
    const { dependencies: needed, peerDependenciesMeta = {} } = manifest;
    // All peers are optional; some are installed here for tests.
    const peers = Object.keys(peerDependenciesMeta).filter((peer) => existsSync(join(directory, "node_modules", peer)));
    const asked = [...Object.keys(needed ?? {}), ...peers];
    const named = (own?.dependsOn ?? []).map((ref) => fullName(components.find((item) => item["bom-ref"] === ref)!));
    expect(named.toSorted()).toEqual(asked.toSorted());
  });

  test("has no time and no number of its own: the same twice", () => {
    expect(text).not.toMatch(/timestamp|serialNumber/);
    // The library's names for components that it cannot tell apart are random.
    expect(text).not.toContain("BomRef.");
    expect(sbomOf(directory)).toBe(text);
  });
});

test("parts of a package are what is bundled into it", () => {
  const { component } = sbomNamed("@seamless/celltypes").metadata;
  expect(component.components!.map((part) => [fullName(part), part.type, part.licenses[0]!.license!.id])).toEqual([
    ["@seamless/internal", "library", "MIT"],
    ["Unicode Character Database", "data", "Unicode-3.0"],
  ]);
});

test("commands have the packages that they use inside", () => {
  const { component } = sbomNamed("@seamless/cli").metadata;
  const names = ["internal", "cache", "celltypes", "checksum", "conversion", "remote", "store"];
  expect(component.components!.map(fullName).toSorted()).toEqual(
    [...names.map((name) => `@seamless/${name}`), "Unicode Character Database"].toSorted(),
  );
});

test("an optional peer, and what comes with it alone, is optional", () => {
  const { components } = sbomNamed("@seamless/celltypes");
  const scopes = components!.map((component) => [fullName(component), component.scope]);
  expect(scopes).toContainEqual(["@seamless/python", "optional"]);
  expect(scopes).toContainEqual(["@seamless/checksum", "required"]);
});

test("commands are an application", () => {
  expect(sbomNamed("@seamless/cli").metadata.component.type).toBe("application");
});

test("a package that is installed in several folders is one component, required if it is so in one of them", async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "seamless-sbom-")));
  try {
    const write = async (path: string, manifest: object) => {
      await mkdir(join(folder, path), { recursive: true });
      await writeFile(
        join(folder, path, "package.json"),
        JSON.stringify({ version: "1.0.0", license: "MIT", ...manifest }),
      );
    };
    await write(".", {
      name: "top",
      dependencies: { a: "1", b: "1" },
      peerDependenciesMeta: { a: { optional: true } },
    });
    for (const name of ["a", "b"]) {
      await write(`node_modules/${name}`, { name, dependencies: { twice: "1" } });
      await write(`node_modules/${name}/node_modules/twice`, { name: "twice" });
    }
    await mkdir(join(folder, "dist"));
    const text = sbomOf(folder);
    expect(text).not.toContain("BomRef.");
    const { components, dependencies } = read(text);
    expect(components!.map(({ name, scope }) => [name, scope])).toEqual([
      ["a", "optional"],
      ["b", "required"],
      ["twice", "required"],
    ]);
    const twice = "pkg:npm/twice@1.0.0";
    expect(dependencies.filter(({ dependsOn }) => dependsOn?.includes(twice)).map(({ ref }) => ref)).toEqual([
      "pkg:npm/a@1.0.0",
      "pkg:npm/b@1.0.0",
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
