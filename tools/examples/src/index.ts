export { type Checker, checkConfiguration, checkers, isInstalled } from "./check.ts";
export { docExamples, type Example, expectedOutput, type Language, markdownExamples } from "./extract.ts";
export { anchors, type Link, mapRelativeLinks, relativeLinks } from "./links.ts";
export { type Place, verifyExamples } from "./run.ts";
export { type Manifest, type WorkspacePackage, workspacePackages, workspaceRoot } from "./workspace.ts";
