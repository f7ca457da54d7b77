export { entriesOf, hasTypes, namedFiles } from "./entries.ts";
export { packageFaults, typeFaults } from "./lint.ts";
export { type Origin, originOf } from "./origin.ts";
export { exportedNames, installedWith, installProject } from "./project.ts";
export { firstExample } from "./readme.ts";
export { SBOM_FILE } from "./sbom.ts";
export { type CommandOptions, execute, type Output, runCommand } from "./shell.ts";
export { supplyFaults } from "./supply.ts";
export { packPublished, publishedPackages, readTarball, type Tarball } from "./tarball.ts";
