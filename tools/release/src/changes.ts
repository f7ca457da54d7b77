import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packPublished, publishedPackages } from "@seamless-tools/packages";
import { build } from "./build.ts";
import { compareWithPublished, sentenceOf } from "./compare.ts";
import { refuseFor } from "./refusal.ts";
import { publishedPackage } from "./registry.ts";
import { announcedPackages } from "./tree.ts";

/**
 * Build and pack all packages, and compare them with what is published under their versions. A change of what is bundled
 * into them, or of what builds them, changes packages in which no line was touched.
 *
 * @throws {Refusal} if one has changed, and no changeset names it.
 */
export async function checkChanges(): Promise<void> {
  const temporary = await realpath(await mkdtemp(join(tmpdir(), "seamless-changes-")));
  try {
    await build();
    const { changed } = await compareWithPublished(await packPublished(temporary), temporary);
    const announced = await announcedPackages();
    refuseFor(changed.filter(({ tarball }) => !announced.includes(tarball.manifest.name)).map(sentenceOf));
  } finally {
    await rm(temporary, { recursive: true });
  }
}

/** The versions that the registry does not have: `@seamless/checksum@0.1.1`. Nothing is built to know them. */
export async function unpublishedVersions(): Promise<readonly string[]> {
  const ask = async ({ manifest: { name, version } }: ReturnType<typeof publishedPackages>[number]) =>
    (await publishedPackage(name)).versions.includes(version) ? [] : [`${name}@${version}`];
  return (await Promise.all(publishedPackages().map(ask))).flat();
}
