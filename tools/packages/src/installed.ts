import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Manifest } from "@seamless-tools/examples";

/** What is read of the `package.json` of any package. */
export interface InstalledManifest extends Manifest {
  readonly license?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly gypfile?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** A package that comes with another. */
export interface InstalledPackage {
  /** Absolute path, without links. */
  readonly directory: string;
  readonly manifest: InstalledManifest;
  /** Only an optional peer asks for it: users may do without. */
  readonly optional: boolean;
  /** Those that it needs itself, by their folders. */
  readonly needs: readonly string[];
}

/**
 * All packages that users install with a package, at any depth, as they are installed here, ours among them; and its
 * optional peers, as far as they are installed. The package itself comes first.
 *
 * @throws {Error} if something is not installed.
 */
export function productionTree(directory: string): readonly InstalledPackage[] {
  const found = new Map<string, InstalledPackage>();
  const visit = (folder: string, optional: boolean) => {
    const known = found.get(folder);
    if (known !== undefined && (optional || !known.optional)) return;
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as InstalledManifest;
    const needed = needsOf(manifest).flatMap(({ name, mayLack }) => {
      const place = locate(folder, name);
      if (place === undefined && !mayLack) throw new Error(`${name}, which ${manifest.name} needs, is not installed`);
      return place === undefined ? [] : [{ place, optional: optional || mayLack }];
    });
    found.set(folder, { directory: folder, manifest, optional, needs: needed.map(({ place }) => place) });
    for (const each of needed) visit(each.place, each.optional);
  };
  visit(realpathSync(directory), false);
  return [...found.values()];
}

/** Names of the packages that one asks for, of all kinds but development. Peers of ours may stand in `…Meta` alone. */
function needsOf({ dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta }: InstalledManifest) {
  const mayLack = (name: string) =>
    optionalDependencies?.[name] !== undefined || peerDependenciesMeta?.[name]?.optional === true;
  const maps = [dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta];
  const names = new Set(maps.flatMap((map) => Object.keys(map ?? {})));
  return [...names].sort().map((name) => ({ name, mayLack: mayLack(name) }));
}

/** Where Node finds a package from the folder of another; not in `NODE_PATH`, which users do not have. */
function locate(folder: string, name: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const place = join(at, "node_modules", name);
    if (existsSync(join(place, "package.json"))) return realpathSync(place);
    if (dirname(at) === at) return undefined;
  }
}
