// `prepublishOnly` of every package: what npm and pnpm run before they publish a folder, and not before they publish a
// tarball, which is what `pnpm release` has them do.
process.stderr.write(
  "A package is not published from its folder, which may be unbuilt and untested: pnpm release (docs/releasing.md)\n",
);
process.exitCode = 1;
