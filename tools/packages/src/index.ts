export { entriesOf } from "./entries.ts";
export { installProject } from "./project.ts";
export { type CommandOptions, type Output, runCommand } from "./shell.ts";
export { packPublished, type Tarball } from "./tarball.ts";
