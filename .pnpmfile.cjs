// What `pnpm pack` and `pnpm publish` make of a package's package.json. pnpm writes dependencies in the order in which it
// happened to read their versions: sorted, the same tree always gives the same tarball. And users get no scripts and no
// development dependencies, some of which are private packages that no registry has.
const DEPENDENCIES = ["dependencies", "peerDependencies", "optionalDependencies"];

function beforePacking(manifest) {
  const { scripts, devDependencies, ...published } = manifest;
  for (const field of DEPENDENCIES) {
    if (published[field] === undefined) continue;
    const sorted = Object.entries(published[field]).sort(([a], [b]) => (a < b ? -1 : 1));
    published[field] = Object.fromEntries(sorted);
  }
  return published;
}

module.exports = { hooks: { beforePacking } };
