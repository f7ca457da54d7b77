import { join } from "node:path";
import {
  entriesOf,
  hasTypes,
  installProject,
  namedFiles,
  packageFaults,
  publishedPackages,
  supplyFaults,
  type Tarball,
  typeFaults,
} from "@seamless-tools/packages";
import { entryFaults } from "./loading.ts";

/** What is to be released. */
interface Candidates {
  /** Of all packages, also of those whose version is published already. */
  readonly tarballs: readonly Tarball[];
  /** Those of them that are going to be published. */
  readonly pending: readonly Tarball[];
  /** An empty folder, removed afterwards. */
  readonly temporary: string;
}

/** A test of the tarballs before anything is published. */
export interface Check {
  /** What is tested, for the log: "every named file is there". */
  readonly name: string;
  /** @returns what is wrong, and what to do, a sentence each. */
  faults(candidates: Candidates): Promise<readonly string[]>;
}

/** All of them run, so that one release attempt tells of all faults. */
export const checks: readonly Check[] = [
  {
    name: "every file that a manifest names is in its tarball",
    faults: eachTarball(async ({ manifest, files }) =>
      namedFiles(manifest)
        .filter((path) => !files.has(path))
        .map((path) => `package.json names ${path}, which the tarball lacks`),
    ),
  },
  {
    name: "no script runs where a package is installed",
    faults: eachTarball(async ({ manifest: { scripts = {} } }) =>
      Object.keys(scripts).map((script) => `package.json has a script, "${script}"`),
    ),
  },
  {
    name: "nothing that users install with a package runs a script, and all licenses are allowed, of what is bundled, too",
    faults: async () =>
      publishedPackages().flatMap(({ directory, manifest }) =>
        supplyFaults(directory).map((fault) => `${manifest.name}: ${fault}`),
      ),
  },
  { name: "every entry can be imported and required, where all packages are installed", faults: loadingFaults },
  { name: "publint has nothing to say", faults: eachTarball(packageFaults) },
  {
    name: "types resolve",
    faults: eachTarball(async (tarball) =>
      hasTypes(tarball.manifest) ? (await typeFaults(tarball)).map((problem) => JSON.stringify(problem)) : [],
    ),
  },
];

/** A check that looks at one tarball at a time, of those that are going to be published. */
function eachTarball(faults: (tarball: Tarball) => Promise<readonly string[]>): Check["faults"] {
  return async ({ pending }) => {
    const found = await Promise.all(
      pending.map(async (tarball) => (await faults(tarball)).map((fault) => `${tarball.manifest.name}: ${fault}`)),
    );
    return found.flat();
  };
}

async function loadingFaults({ tarballs, temporary }: Candidates): Promise<readonly string[]> {
  const project = join(temporary, "project");
  await installProject(project, tarballs);
  return await entryFaults(
    project,
    tarballs.flatMap(({ manifest }) => entriesOf(manifest)),
  );
}
