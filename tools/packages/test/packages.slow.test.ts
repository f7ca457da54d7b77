import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { verifyExamples, type WorkspacePackage, workspaceRoot } from "@seamless-tools/examples";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Ceiling, ceilings, exportCeilings } from "../ceilings.ts";
import { bundleForBrowsers } from "../src/bundle.ts";
import { entriesOf, hasTypes, namedFiles } from "../src/entries.ts";
import { packageFaults, typeFaults } from "../src/lint.ts";
import { exportedNames, installedFrom, installedWith, installProject } from "../src/project.ts";
import { firstExample } from "../src/readme.ts";
import { SBOM_FILE } from "../src/sbom.ts";
import { pack, publishedPackages, type Tarball } from "../src/tarball.ts";

const published = publishedPackages();
const temporary = realpathSync(mkdtempSync(join(tmpdir(), "seamless-packages-")));
afterAll(() => rmSync(temporary, { recursive: true }));

const packed = new Map<WorkspacePackage, Promise<Tarball>>();

/** The tarball of a package: packed once, however many others need it. */
function tarballOf(item: WorkspacePackage): Promise<Tarball> {
  if (!packed.has(item)) packed.set(item, pack(item, temporary));
  return packed.get(item)!;
}

/** A package and those of ours that come with it, at any depth. */
function withOurs(item: WorkspacePackage): readonly WorkspacePackage[] {
  const all = new Set([item]);
  for (const { manifest } of all) {
    for (const name of installedWith(manifest)) {
      const other = published.find((candidate) => candidate.manifest.name === name);
      if (other !== undefined) all.add(other);
    }
  }
  return [...all];
}

/** The entries of a package that a web page can import. */
function forBrowsers({ manifest }: WorkspacePackage): readonly string[] {
  return entriesOf(manifest).flatMap(({ specifier, nodeOnly }) => (nodeOnly ? [] : [specifier]));
}

/** The exports of a package that have a ceiling of their own. */
function singleExports(item: WorkspacePackage): readonly (readonly [exported: string, specifier: string, Ceiling])[] {
  return forBrowsers(item).flatMap((specifier) =>
    Object.entries(exportCeilings[specifier] ?? {}).map(([name, ceiling]) => [name, specifier, ceiling] as const),
  );
}

describe.concurrent.each(published.map((item) => [item.manifest.name, item] as const))("%s", (name, item) => {
  const project = join(temporary, basename(item.directory));
  let tarball: Tarball;

  beforeAll(async () => {
    tarball = await tarballOf(item);
  });

  describe("the tarball", () => {
    test("has the build, manual pages of commands, the README, the license, the manifest and the SBOM, and nothing else", () => {
      const top = new Set([...tarball.files.keys()].map((path) => path.split("/")[0]));
      // What is bundled of others: supply.test.ts knows where that is so.
      top.delete("THIRD-PARTY.md");
      // From the first version on.
      top.delete("CHANGELOG.md");
      if (tarball.manifest.man !== undefined) expect(top.delete("man")).toBe(true);
      expect([...top].sort()).toEqual(["LICENSE", "README.md", "dist", "package.json", SBOM_FILE]);
    });

    test("has every file that the manifest names", () => {
      expect(namedFiles(tarball.manifest).filter((path) => !tarball.files.has(path))).toEqual([]);
    });

    test("names no path of this machine", () => {
      const paths = [workspaceRoot, `${homedir()}/`, temporary];
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      const guilty = [...tarball.files].filter(([, bytes]) => paths.some((path) => text(bytes).includes(path)));
      expect(guilty.map(([path]) => path)).toEqual([]);
    });

    test("asks for no workspace ranges", () => {
      expect(JSON.stringify(tarball.manifest)).not.toMatch(/"(?:workspace|link|file):/);
    });

    test("runs nothing when it is installed, and names no package that only we need", () => {
      expect(Object.keys(tarball.manifest)).not.toEqual(expect.arrayContaining(["scripts"]));
      expect(Object.keys(tarball.manifest)).not.toEqual(expect.arrayContaining(["devDependencies"]));
    });

    test("pleases publint", async () => {
      expect(await packageFaults(tarball)).toEqual([]);
    });

    // A package of commands has none.
    if (hasTypes(item.manifest)) {
      test("has types that resolve (attw)", async () => {
        expect(await typeFaults(tarball)).toEqual([]);
      });
    }
  });

  describe("installed with npm", () => {
    beforeAll(async () => {
      await installProject(project, await Promise.all(withOurs(item).map(tarballOf)));
    });

    test("takes nothing of ours from a registry", async () => {
      const ours = published.map(({ manifest }) => manifest.name);
      const sources = [...(await installedFrom(project))].filter(([path]) => ours.includes(path));
      expect(sources.map(([path]) => path)).toContain(name);
      expect(sources.filter(([, source]) => !source.startsWith("file:"))).toEqual([]);
    });

    test.each(entriesOf(item.manifest))(
      "$specifier can be imported and required",
      async ({ specifier, effectsOnly }) => {
        const imported = await exportedNames(project, "import", specifier);
        if (!effectsOnly) expect(imported).not.toEqual([]);
        expect(await exportedNames(project, "require", specifier)).toEqual(imported);
      },
    );

    test("the example of the README prints what it says", async () => {
      const readme = new TextDecoder().decode(tarball.files.get("README.md"));
      const example = firstExample(readme, `${name}/README.md`);
      if (example === undefined) throw new Error(`the README of ${name} has no example`);
      await verifyExamples([example], { modules: project, commands: join(project, "node_modules/.bin") });
    });

    test.each(forBrowsers(item))("%s works in browsers, and is small", async (specifier) => {
      const { external, minified, gzipped } = await bundleForBrowsers(project, specifier);
      expect(external).toEqual([]);
      const ceiling = ceilings[specifier];
      if (ceiling === undefined) {
        throw new Error(`ceilings.ts has no row for ${specifier}: minified ${minified}, gzipped ${gzipped}`);
      }
      expect(minified, "minified").toBeLessThanOrEqual(ceiling.minified);
      expect(gzipped, "gzipped").toBeLessThanOrEqual(ceiling.gzipped);
    });

    test.each(singleExports(item))("%s of %s alone is smaller", async (exported, specifier, ceiling) => {
      const { minified, gzipped } = await bundleForBrowsers(project, specifier, exported);
      // A name that is not exported would be a small bundle, too.
      expect(await exportedNames(project, "import", specifier)).toContain(exported);
      expect(minified, "minified").toBeLessThanOrEqual(ceiling.minified);
      expect(gzipped, "gzipped").toBeLessThanOrEqual(ceiling.gzipped);
    });
  });
});

test("every ceiling is that of an entry for browsers", () => {
  const specifiers = published.flatMap(forBrowsers);
  const named = [...Object.keys(ceilings), ...Object.keys(exportCeilings)];
  expect(named.filter((specifier) => !specifiers.includes(specifier))).toEqual([]);
});
