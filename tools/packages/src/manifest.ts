import type { Manifest, WorkspacePackage } from "@seamless-tools/examples";
import { major, prerelease } from "semver";
import { SBOM_FILE } from "./sbom.ts";

export const CHANGELOG_FILE = "CHANGELOG.md";

/**
 * The `package.json` that is published: without what is only of use in the workspace, with versions for `workspace:`
 * ranges, with where it comes from, and with changelog and SBOM
 * among its files.
 *
 * @param manifest - As it is in the tree.
 * @param siblings - All packages of the workspace.
 * @param origin - `repository`, `homepage` and `bugs`, where they are known.
 */
export function publishedManifest(
  manifest: Manifest,
  siblings: readonly WorkspacePackage[],
  origin: Readonly<Record<string, unknown>> = {},
): Manifest {
  const { scripts: _, devDependencies: __, ...kept } = manifest as Manifest & { readonly devDependencies?: unknown };
  const versions = new Map(siblings.map(({ manifest: { name, version } }) => [name, version]));
  const dependencies = withVersions(manifest.dependencies, versions);
  const peerDependencies = {
    ...withVersions(manifest.peerDependencies, versions),
    ...optionalPeers(manifest, versions),
  };
  return {
    ...kept,
    files: [...(manifest.files ?? []), CHANGELOG_FILE, SBOM_FILE],
    ...origin,
    ...(dependencies && { dependencies }),
    ...(Object.keys(peerDependencies).length > 0 && { peerDependencies }),
  };
}

type Ranges = Readonly<Record<string, string>>;

/** `workspace:^` becomes `^0.1.0`, as pnpm has it. */
function withVersions(ranges: Ranges | undefined, versions: ReadonlyMap<string, string>): Ranges | undefined {
  if (ranges === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(ranges).map(([name, range]) => {
      const [, wanted] = /^workspace:(.*)$/.exec(range) ?? [];
      if (wanted === undefined) return [name, range];
      if (!["^", "~", "*"].includes(wanted)) throw new Error(`${name}: cannot publish the range ${range}`);
      return [name, `${wanted.replace("*", "")}${versions.get(name)}`];
    }),
  );
}

/**
 * The ranges of siblings that a manifest names in `peerDependenciesMeta` alone: optional, and of any version of this
 * major. A range of one minor would make each minor of the sibling a breaking change of the package that can use it; so
 * they stand in no range that Changesets sees.
 */
function optionalPeers(
  { peerDependenciesMeta = {}, peerDependencies = {} }: Manifest,
  versions: ReadonlyMap<string, string>,
): Ranges {
  const names = Object.keys(peerDependenciesMeta).filter((name) => versions.has(name) && !(name in peerDependencies));
  return Object.fromEntries(names.map((name) => [name, anyOfMajor(versions.get(name)!)]));
}

function anyOfMajor(version: string): string {
  const stable = `${major(version)}.x`;
  // No range admits prereleases but those that it names.
  return prerelease(version) === null ? stable : `${stable} || ^${version}`;
}
