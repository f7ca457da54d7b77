import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { workspaceRoot } from "@seamless-tools/examples";

/** A `package.json`, as it was written. */
export type Fields = Readonly<Record<string, unknown>>;

/** Who wrote the packages, in the words of `LICENSE`. */
const AUTHOR = "The Seamless authors";

/** Keeps the folder from being published as it is. */
const GUARD = "node ../../tools/release/src/guard.mjs";

/** What every package has to say about itself. */
interface Rule {
  /** Field that it is about; a fault names it. */
  readonly field: string;
  /** What is asked for, as the end of the sentence "`FIELD` must …". */
  readonly must: string;
  /**
   * @param folder - Name of the package's folder.
   * @param manifest - All fields, where one is about another.
   */
  readonly holds: (value: unknown, folder: string, manifest: Fields) => boolean;
}

/** The value of a field that is the same in all packages. */
function same(field: string, expected: unknown): Rule {
  const text = JSON.stringify(expected);
  return { field, must: `be ${text}`, holds: (value) => JSON.stringify(value) === text };
}

/** A field that stands in no package, and why. */
function absent(field: string, why: string): Rule {
  return { field, must: `be left out: ${why}`, holds: (value) => value === undefined };
}

const FROM_ROOT = "the release takes it from the top package.json";
const NOT_FOR_USERS = "nothing runs when a user installs a package";

/** One table for all packages that are published: a new one that lacks a field fails by it. */
const RULES: readonly Rule[] = [
  { field: "name", must: "be @seamless/ and the folder's name", holds: (v, folder) => v === `@seamless/${folder}` },
  { field: "version", must: "be a semantic version", holds: (v) => isText(v) && /^\d+\.\d+\.\d+(-[\w.]+)?$/.test(v) },
  {
    field: "description",
    must: "be one line of 40 to 160 characters without a full stop at its end",
    holds: (v) => isText(v) && /^[^\n]{39,159}[^\n.]$/.test(v),
  },
  same("license", "MIT"),
  same("author", AUTHOR),
  {
    field: "keywords",
    must: 'be four or more lowercase words, each once, "seamless" among them',
    holds: (v) =>
      isList(v) && v.length >= 4 && v.includes("seamless") && isSet(v) && v.every((word) => /^[a-z0-9-]+$/.test(word)),
  },
  same("type", "module"),
  same("engines", JSON.parse(readFileSync(join(workspaceRoot, "package.json"), "utf8")).engines),
  {
    field: "sideEffects",
    must: "be false, or list files in dist",
    holds: (v) =>
      v === false || (isList(v) && v.length > 0 && isSet(v) && v.every((path) => path.startsWith("./dist/"))),
  },
  {
    field: "files",
    must: "list dist, README.md and LICENSE, and no source or test",
    holds: (v) =>
      isList(v) &&
      isSet(v) &&
      ["dist", "README.md", "LICENSE"].every((name) => v.includes(name)) &&
      v.every((name) => name === "dist" || name === "man" || /^[A-Z-]+(\.md)?$/.test(name)),
  },
  // Provenance is for the workflow to ask for: from a person's machine, publishing with it fails.
  same("publishConfig", { access: "public" }),
  {
    field: "exports",
    must: 'have "./package.json"',
    holds: (v) => isRecord(v) && v["./package.json"] === "./package.json",
  },
  // For resolvers that do not read `exports`.
  {
    field: "main",
    must: 'be what exports has for "."',
    holds: (v, _, { exports }) => v === mainEntry(exports, "default"),
  },
  {
    field: "types",
    must: 'be what exports has for "."',
    holds: (v, _, { exports }) => v === mainEntry(exports, "types"),
  },
  {
    field: "typesVersions",
    must: "have the types of all other entries, for TypeScript's old resolver",
    holds: (v, _, { exports }) => {
      const asked = Object.entries(otherTypes(exports)).map(([entry, types]) => [entry, [types]]);
      return isDeepStrictEqual(v, asked.length === 0 ? undefined : { "*": Object.fromEntries(asked) });
    },
  },
  {
    field: "scripts",
    must: `be build, typecheck, and prepublishOnly: ${GUARD}`,
    holds: (v) =>
      isRecord(v) &&
      Object.keys(v).toSorted().join() === "build,prepublishOnly,typecheck" &&
      v["prepublishOnly"] === GUARD,
  },
  {
    field: "dependencies",
    must: 'name packages of ours by "workspace:^", others by a version or a caret range',
    holds: (v) =>
      isRecord(v) &&
      Object.entries(v).every(([name, range]) =>
        name.startsWith("@seamless/") ? range === "workspace:^" : /^\^?\d+\.\d+\.\d+$/.test(String(range)),
      ),
  },
  {
    field: "peerDependenciesMeta",
    must: "say of every peer that it is optional",
    holds: (v, _, { peerDependencies = {} }) =>
      Object.keys(peerDependencies as object).every(
        (name) => isRecord(v) && isRecord(v[name]) && v[name]["optional"] === true,
      ),
  },
  absent("private", "the package is published"),
  absent("repository", FROM_ROOT),
  absent("homepage", FROM_ROOT),
  absent("bugs", FROM_ROOT),
  absent("bundleDependencies", "what is bundled is bundled by the build"),
  absent("bundledDependencies", "what is bundled is bundled by the build"),
  absent("optionalDependencies", "what is optional is a peer, which users install themselves"),
  absent("gypfile", NOT_FOR_USERS),
];

/** What a published package lacks or has too much, as sentences; none, if all is well. */
export function manifestFaults(directory: string, manifest: Fields): readonly string[] {
  const folder = basename(directory);
  return RULES.filter(({ field, holds }) => !holds(manifest[field], folder, manifest)).map(
    ({ field, must }) => `${folder}/package.json: ${field} must ${must}`,
  );
}

/** Undefined in a package that nobody imports. */
function mainEntry(exports: unknown, condition: string): unknown {
  const entry = isRecord(exports) ? exports["."] : undefined;
  return isRecord(entry) ? entry[condition] : undefined;
}

/** The types of all entries but the main one, by what stands behind the package's name. */
function otherTypes(exports: unknown): Readonly<Record<string, unknown>> {
  const entries = Object.entries(isRecord(exports) ? exports : {});
  return Object.fromEntries(
    entries.flatMap(([subpath, entry]) =>
      subpath.startsWith("./") && isRecord(entry) ? [[subpath.slice("./".length), entry["types"]]] : [],
    ),
  );
}

const isText = (value: unknown): value is string => typeof value === "string";
const isList = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);
const isSet = (value: readonly string[]): boolean => new Set(value).size === value.length;
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
