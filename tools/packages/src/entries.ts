import type { Manifest } from "@seamless-tools/examples";

/** One line of `exports`. */
export interface Entry {
  /** What users import: `@seamless/checksum/node`. */
  readonly specifier: string;
  /** Is it only for Node? */
  readonly nodeOnly: boolean;
  /** May it export nothing, since it is imported for what that does? */
  readonly effectsOnly: boolean;
}

/** The entries of a package that are code: all of `exports` but `./package.json`. A package of commands has none. */
export function entriesOf({ name, exports, sideEffects }: Manifest): readonly Entry[] {
  if (exports === undefined) return [];
  return Object.entries(exports as Record<string, unknown>).flatMap(([subpath, target]) => {
    if (subpath === "./package.json") return [];
    if (!subpath.startsWith(".") || subpath.includes("*"))
      throw new Error(`exports of ${name}: ${subpath} is not a path`);
    // The main entry is there to be used.
    const effectsOnly = subpath !== "." && hasEffects(target, sideEffects);
    return [{ specifier: name + subpath.slice(1), nodeOnly: isNodeOnly(subpath, target), effectsOnly }];
  });
}

/**
 * An entry is only for Node if its path says so, with `node` as one of its parts (`./node`, `./directory/node`), or if
 * its conditions leave browsers nothing (neither `browser` nor `default`). All others must work in a browser.
 */
function isNodeOnly(subpath: string, target: unknown): boolean {
  if (subpath.split("/").includes("node")) return true;
  return typeof target === "object" && target !== null && !("browser" in target) && !("default" in target);
}

/** Does `sideEffects` name a file of an entry? */
function hasEffects(target: unknown, sideEffects: Manifest["sideEffects"]): boolean {
  return Array.isArray(sideEffects) && targets(target).some((path) => sideEffects.includes(path));
}

/** Do some of its `exports` come with types? */
export function hasTypes({ exports }: Manifest): boolean {
  return targets(exports).some((path) => /\.d\.[mc]?ts$/.test(path));
}

/** Every file that the manifest names, under whatever field and conditions, relative to the package. */
export function namedFiles({ exports, imports, bin, man, main, types }: Manifest): readonly string[] {
  // Without "./", `imports` names other packages; the others name files all the same.
  const paths = [...targets(exports), ...targets(imports)].filter((target) => target.startsWith("./"));
  return [...paths, ...targets([bin, man, main, types])].map((target) => target.replace(/^\.\//, ""));
}

function targets(node: unknown): readonly string[] {
  if (typeof node === "string") return [node];
  return typeof node === "object" && node !== null ? Object.values(node).flatMap(targets) : [];
}
