import { isDeepStrictEqual } from "node:util";
import { SBOM_FILE, type Tarball } from "@seamless-tools/packages";
import { satisfies } from "semver";

/**
 * The files in which two tarballs of one version differ. How they are compressed does not count; nor does a sibling's range
 * in the published one, as long as it admits the sibling's version of today: nobody releases all dependents of a patch.
 * Nor does the SBOM: it tells what was installed with that version when it was tested.
 *
 * @param all - The tarballs of today.
 */
export function differences(ours: Tarball, published: Tarball, all: readonly Tarball[]): readonly string[] {
  const paths = new Set([...ours.files.keys(), ...published.files.keys()]);
  paths.delete(SBOM_FILE);
  return [...paths].filter((path) =>
    path === "package.json"
      ? !sameManifest(ours, published, all)
      : !sameBytes(ours.files.get(path), published.files.get(path)),
  );
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;
}

function sameManifest(ours: Tarball, published: Tarball, all: readonly Tarball[]): boolean {
  const versions = new Map(all.map(({ manifest: { name, version } }) => [name, version]));
  const settled = (ranges: Readonly<Record<string, string>> = {}, options = {}) =>
    Object.fromEntries(
      Object.entries(ranges).map(([name, range]) => {
        const version = versions.get(name);
        return [name, version !== undefined && satisfies(version, range, options) ? version : range];
      }),
    );
  const comparable = ({ manifest }: Tarball) => ({
    ...manifest,
    dependencies: settled(manifest.dependencies),
    // A prerelease of an optional peer is no reason to release again what can use it.
    peerDependencies: settled(manifest.peerDependencies, { includePrerelease: true }),
  });
  return isDeepStrictEqual(comparable(ours), comparable(published));
}
