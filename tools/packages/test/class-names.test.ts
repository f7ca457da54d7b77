import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { entriesOf } from "../src/entries.ts";
import { publishedPackages } from "../src/tarball.ts";

const packages = publishedPackages();

/** The classes that the builds export, each with all names that it is exported by. */
async function classes(): Promise<ReadonlyMap<{ readonly name: string }, readonly string[]>> {
  const found = new Map<{ readonly name: string }, string[]>();
  for (const { directory, manifest } of packages) {
    const { resolve } = createRequire(join(directory, "package.json"));
    for (const { specifier } of entriesOf(manifest)) {
      const exported = (await import(pathToFileURL(resolve(specifier)).href)) as Record<string, unknown>;
      for (const [name, value] of Object.entries(exported)) {
        if (typeof value !== "function" || !/^class\b/.test(String(value))) continue;
        found.set(value, [...(found.get(value) ?? []), name]);
      }
    }
  }
  return found;
}

test("classes have in the builds a name that they are exported by", async () => {
  const found = await classes();
  const names = [...found.values()].flat();
  expect(names).toEqual(
    expect.arrayContaining(["Checksum", "SeamlessError", "Buffer", "NdArray", "Float", "BufferCache"]),
  );
  expect([...found].filter(([{ name }, exported]) => !exported.includes(name))).toEqual([]);
});
