import type { Tarball } from "@seamless-tools/packages";

/** Each after those that it depends on: if publishing ends midway, what is published can be installed. */
export function inOrderOfDependencies(tarballs: readonly Tarball[]): readonly Tarball[] {
  const byName = new Map(tarballs.map((tarball) => [tarball.manifest.name, tarball]));
  const ordered = new Set<Tarball>();
  const visit = (tarball: Tarball, dependents: readonly string[]) => {
    const { name, dependencies = {} } = tarball.manifest;
    if (dependents.includes(name))
      throw new Error(`packages depend on each other: ${[...dependents, name].join(" → ")}`);
    for (const dependency of Object.keys(dependencies)) {
      const sibling = byName.get(dependency);
      if (sibling !== undefined && !ordered.has(sibling)) visit(sibling, [...dependents, name]);
    }
    ordered.add(tarball);
  };
  for (const tarball of tarballs) visit(tarball, []);
  return [...ordered];
}
