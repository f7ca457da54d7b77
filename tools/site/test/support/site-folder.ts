import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the site is built when a test asks for it first. */
    siteFolder: string;
  }
}

/** A folder for all files of a run: the site is built there once. */
export default function setUp(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), "seamless-site-"));
  project.provide("siteFolder", folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
