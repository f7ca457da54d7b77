export { docExamples, type Example, expectedOutput, type Language, markdownExamples } from "./extract.ts";
export { anchors, type Link, mapRelativeLinks, relativeLinks } from "./links.ts";
export { type Place, verifyExample } from "./run.ts";
export { type Manifest, type WorkspacePackage, workspacePackages, workspaceRoot } from "./workspace.ts";
