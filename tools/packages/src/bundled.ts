import { readdirSync, readFileSync } from "node:fs";
import { basename, join, posix, relative } from "node:path";
import type { InstalledManifest } from "./installed.ts";

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

/** A package of others of which a web page has modules: it is served, not installed, so that nothing can bring them along. */
export interface ForeignCode {
  /** Absolute path. */
  readonly directory: string;
  readonly manifest: InstalledManifest;
}

/** What the build of a package is made of, besides its own sources. */
export interface Bundled {
  /** The folders of packages of ours whose modules it has, by their names: `internal`, and in a web page, or in commands, any. */
  readonly ours: readonly string[];
  readonly data: readonly ForeignData[];
  /** In a web page, sorted by name. */
  readonly code: readonly ForeignCode[];
  /** Sources that are neither ours nor known: of other packages, as `PACKAGE/PATH`. */
  readonly foreign: readonly string[];
}

/** What a package has for a web page, as a server gives it out. */
const PAGE = "dist/site/";

/**
 * Read from the source maps of a build, which name every source that a line of it comes from.
 *
 * @param directory - Folder of the package.
 * @throws {Error} if there is code without a source map, or a file that is neither code nor types.
 */
export function bundledIn(directory: string): Bundled {
  const maps = mapsIn(directory);
  const sourcesIn = (some: readonly string[]) => [...new Set(some.flatMap((map) => sourcesOf(directory, map)))].sort();
  const page = sourcesIn(maps.filter((map) => map.startsWith(PAGE)));
  const library = sourcesIn(maps.filter((map) => !map.startsWith(PAGE)));
  const own = basename(directory);
  const { bin } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as InstalledManifest;
  // What can be imported has to be there once: a class in two packages is two classes. Commands are not imported.
  const mayHave = (source: string) => {
    const owner = ownerOf(source);
    return bin === undefined ? owner === own || owner === "internal" : owner !== undefined;
  };
  const ours = [...library.filter(mayHave), ...page].map(ownerOf);
  return {
    ours: [...new Set(ours)].filter((name) => name !== undefined && name !== own).sort() as readonly string[],
    data: FOREIGN_DATA.filter((data) =>
      data.sources.some((source) => library.includes(source) || page.includes(source)),
    ),
    code: codeOf(join(directory, "../.."), page),
    foreign: [
      ...library.filter((source) => !mayHave(source)),
      ...page.filter((source) => ownerOf(source) === undefined && packageOf(source) === undefined),
    ].map((source) => source.replace(/^.*\/node_modules\//, "")),
  };
}

/** The folder of the package of ours that a source is in. */
function ownerOf(source: string): string | undefined {
  return /^packages\/([^/]+)\/src\//.exec(source)?.[1];
}

/** The folder of the package of others that a source is in. */
function packageOf(source: string): string | undefined {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(source)?.[0];
}

/** @param root - Of the repository, which the sources are relative to. */
function codeOf(root: string, sources: readonly string[]): readonly ForeignCode[] {
  const folders = new Set(sources.flatMap((source) => packageOf(source) ?? []));
  return [...folders]
    .map((folder) => {
      const directory = join(root, folder);
      const manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as InstalledManifest;
      return { directory, manifest };
    })
    .sort((a, b) => (a.manifest.name < b.manifest.name ? -1 : 1));
}

/** What the bundler of the commands adds to every bundle: a dozen lines that come from no source. */
const HELPERS = /^dist\/rolldown-runtime-[\w-]{8}\.cjs$/;

/** Paths of the source maps, relative to the package. */
function mapsIn(directory: string): readonly string[] {
  const files = readdirSync(join(directory, "dist"), { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => slashes(relative(directory, join(file.parentPath, file.name))));
  const code = files.filter((file) => /\.c?js$/.test(file));
  const maps = code.filter((file) => !HELPERS.test(file)).map((file) => `${file}.map`);
  const isPage = (file: string) => file.startsWith(PAGE) && /\.(?:css|html|svg)$/.test(file);
  const known = (file: string) => code.includes(file) || maps.includes(file) || file.endsWith(".d.ts") || isPage(file);
  const strange = files.filter((file) => !known(file));
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
