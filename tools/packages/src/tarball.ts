import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { unpack } from "@publint/pack";
import { type Manifest, type WorkspacePackage, workspacePackages, workspaceRoot } from "@seamless-tools/examples";
import { execute } from "./shell.ts";

/** A package as it would be published. */
export interface Tarball {
  /** Absolute path of the `.tgz`. */
  readonly path: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Path in the package → content. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The `package.json` inside, where `workspace:` ranges have become versions. */
  readonly manifest: Manifest;
}

const PNPM = join(workspaceRoot, "node_modules/.bin/pnpm");

/** The packages that users can install. */
export function publishedPackages(): readonly WorkspacePackage[] {
  return workspacePackages().filter(({ manifest }) => manifest.private !== true);
}

/** Pack all of them. */
export function packPublished(destination: string): Promise<readonly Tarball[]> {
  return Promise.all(publishedPackages().map((item) => pack(item, destination)));
}

/**
 * Pack a package that has been built, with pnpm, as `pnpm publish` does.
 *
 * @param destination - Folder for the `.tgz`.
 * @throws {Error} if it has not been built.
 */
export async function pack({ directory, manifest: { name } }: WorkspacePackage, destination: string): Promise<Tarball> {
  if (!existsSync(join(directory, "dist"))) throw new Error(`${name} is not built: pnpm build`);
  const report = await execute(PNPM, ["pack", "--json", "--pack-destination", destination], directory);
  const path = (JSON.parse(report) as { readonly filename: string }).filename;
  const bytes = new Uint8Array(await readFile(path));
  const { files, rootDir } = await unpack(bytes);
  const contents = new Map(files.map(({ name, data }) => [name.slice(rootDir.length + 1), data] as const));
  const manifest = JSON.parse(new TextDecoder().decode(contents.get("package.json"))) as Manifest;
  return { path, bytes, files: contents, manifest };
}
