import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { unpack } from "@publint/pack";
import { type Manifest, type WorkspacePackage, workspacePackages, workspaceRoot } from "@seamless-tools/examples";
import { CHANGELOG_FILE, publishedManifest } from "./manifest.ts";
import { absoluteLinks, originFields, originOf } from "./origin.ts";
import { publishedReadme } from "./readme.ts";
import { SBOM_FILE, sbomOf } from "./sbom.ts";
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

/** The packages that users can install. */
export function publishedPackages(): readonly WorkspacePackage[] {
  return workspacePackages().filter(({ manifest }) => manifest.private !== true);
}

/** Pack all of them. */
export function packPublished(destination: string): Promise<readonly Tarball[]> {
  return Promise.all(publishedPackages().map((item) => pack(item, destination)));
}

/**
 * Pack a package that has been built, as it is published: its files, what `manifest.ts` and `origin.ts` make of
 * its manifest and README, and its SBOM.
 *
 * @param destination - Folder for the `.tgz`.
 * @throws {Error} if it has not been built.
 */
export async function pack(item: WorkspacePackage, destination: string): Promise<Tarball> {
  const { directory, manifest } = item;
  if (!existsSync(join(directory, "dist"))) throw new Error(`${manifest.name} is not built: pnpm build`);
  const origin = originOf(JSON.parse(await readFile(join(workspaceRoot, "package.json"), "utf8")));
  const staged = await mkdtemp(join(destination, "staged-"));
  try {
    // Changesets writes it with the first version.
    const changelog = existsSync(join(directory, CHANGELOG_FILE)) ? [CHANGELOG_FILE] : [];
    for (const file of [...(manifest.files ?? []), ...changelog])
      await cp(join(directory, file), join(staged, file), { recursive: true });
    const published = publishedManifest(manifest, workspacePackages(), origin && originFields(origin, item));
    await writeFile(join(staged, "package.json"), `${JSON.stringify(published, null, 2)}\n`);
    await writeFile(join(staged, SBOM_FILE), sbomOf(directory));
    if (origin !== undefined) {
      const readme = join(staged, "README.md");
      await writeFile(readme, absoluteLinks(publishedReadme(await readFile(readme, "utf8")), origin, item));
    }
    const report = await execute("pnpm", ["pack", "--json", "--pack-destination", destination], staged);
    return await readTarball((JSON.parse(report) as { readonly filename: string }).filename);
  } finally {
    await rm(staged, { recursive: true });
  }
}

/** @param path - Absolute, of a `.tgz`. */
export async function readTarball(path: string): Promise<Tarball> {
  const bytes = new Uint8Array(await readFile(path));
  const { files, rootDir } = await unpack(bytes);
  const contents = new Map(files.map(({ name, data }) => [name.slice(rootDir.length + 1), data] as const));
  const manifest = JSON.parse(new TextDecoder().decode(contents.get("package.json"))) as Manifest;
  return { path, bytes, files: contents, manifest };
}
