import { readdirSync, readFileSync } from "node:fs";
import { basename, join, posix, relative } from "node:path";

/** Data of others that tables in the sources were made from. */
export interface ForeignData {
  readonly name: string;
  readonly version: string;
  /** SPDX identifier. */
  readonly license: string;
  readonly copyright: string;
  readonly url: string;
  /** The files with such tables, relative to the repository. */
  readonly sources: readonly string[];
}

/** All that there is. A package with one of the sources in its build has the notice in its `THIRD-PARTY.md`. */
export const FOREIGN_DATA: readonly ForeignData[] = [
  {
    name: "Unicode Character Database",
    version: "15.1.0",
    license: "Unicode-3.0",
    copyright: "Copyright © 1991-2023 Unicode, Inc.",
    url: "https://www.unicode.org/ucd/",
    sources: [
      "packages/celltypes/src/numbers/parse.ts",
      "packages/internal/src/python-repr.ts",
      "packages/python/src/unicode/identifiers.ts",
      "packages/python/src/unicode/name-list.ts",
    ],
  },
];

/** What the build of a package is made of, besides its own sources. */
export interface Bundled {
  /** Has it modules of `@seamless/internal`? */
  readonly internal: boolean;
  readonly data: readonly ForeignData[];
  /** Sources that are neither ours nor known: of other packages, as `PACKAGE/PATH`. */
  readonly foreign: readonly string[];
}

/**
 * Read from the source maps of a build, which name every source that a line of it comes from.
 *
 * @param directory - Folder of the package.
 * @throws {Error} if there is code without a source map, or a file that is neither code nor types.
 */
export function bundledIn(directory: string): Bundled {
  const sources = [...new Set(mapsIn(directory).flatMap((map) => sourcesOf(directory, map)))].sort();
  const own = `packages/${basename(directory)}/src/`;
  const internal = "packages/internal/src/";
  return {
    internal: sources.some((source) => source.startsWith(internal)),
    data: FOREIGN_DATA.filter((data) => data.sources.some((source) => sources.includes(source))),
    foreign: sources
      .filter((source) => !source.startsWith(own) && !source.startsWith(internal))
      .map((source) => source.replace(/^.*\/node_modules\//, "")),
  };
}

/** Paths of the source maps, relative to the package. */
function mapsIn(directory: string): readonly string[] {
  const files = readdirSync(join(directory, "dist"), { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => slashes(relative(directory, join(file.parentPath, file.name))));
  const code = files.filter((file) => file.endsWith(".js"));
  const maps = code.map((file) => `${file}.map`);
  const strange = files.filter((file) => !code.includes(file) && !maps.includes(file) && !file.endsWith(".d.ts"));
  if (strange.length > 0) throw new Error(`neither code nor types: ${strange.join(", ")} of ${directory}`);
  const unmapped = maps.filter((map) => !files.includes(map));
  if (unmapped.length > 0) throw new Error(`missing source maps: ${unmapped.join(", ")} of ${directory}`);
  return maps;
}

/** Relative to the repository that the package is in; what lies outside of it begins with `..`. */
function sourcesOf(directory: string, map: string): readonly string[] {
  const { sources } = JSON.parse(readFileSync(join(directory, map), "utf8")) as { readonly sources: readonly string[] };
  return sources.map((source) => posix.join("packages", basename(directory), posix.dirname(map), source));
}

function slashes(path: string): string {
  return path.replaceAll("\\", "/");
}
