import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What the tools read of a `package.json`. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly main?: string;
  readonly types?: string;
  readonly exports?: unknown;
  readonly imports?: unknown;
  readonly bin?: string | Readonly<Record<string, string>>;
  readonly man?: readonly string[];
  readonly files?: readonly string[];
  readonly sideEffects?: boolean | readonly string[];
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** A package under `packages/`. */
export interface WorkspacePackage {
  /** Absolute path of its folder. */
  readonly directory: string;
  readonly manifest: Manifest;
}

/** Absolute path of the repository. */
export const workspaceRoot = fileURLToPath(new URL("../../..", import.meta.url)).replace(/[\\/]$/, "");

/** All packages under `packages/`, by name: read from the disk, so that a new package is checked without being listed. */
export function workspacePackages(): readonly WorkspacePackage[] {
  const parent = join(workspaceRoot, "packages");
  return readdirSync(parent)
    .map((name) => join(parent, name))
    .filter((directory) => existsSync(join(directory, "package.json")))
    .map((directory) => ({ directory, manifest: readManifest(directory) }))
    .sort((a, b) => (a.manifest.name < b.manifest.name ? -1 : 1));
}

function readManifest(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Manifest;
}
