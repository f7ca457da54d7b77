import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import type { Tarball } from "@seamless-tools/packages";
import { differences } from "./differences.ts";
import { distTag, publishedPackage, publishedTarball } from "./registry.ts";

/** A tarball whose version the registry does not have. */
export interface Pending {
  readonly tarball: Tarball;
  /** The dist-tag that it is for. */
  readonly tag: string;
}

/** A tarball that differs from the one that is published under its version. */
export interface Changed {
  readonly tarball: Tarball;
  /** Paths in the package. */
  readonly files: readonly string[];
}

/**
 * What the registry does not have, and what it has in another form.
 *
 * @param tarballs - Of all packages.
 * @param temporary - Folder for what is downloaded.
 */
export async function compareWithPublished(tarballs: readonly Tarball[], temporary: string) {
  const pending: Pending[] = [];
  const changed: Changed[] = [];
  const compare = async (tarball: Tarball) => {
    const { name, version } = tarball.manifest;
    const published = await publishedPackage(name);
    if (!published.versions.includes(version)) return { tag: distTag(version, published.latest), files: [] };
    const theirs = await publishedTarball(versionOf(tarball), await mkdtemp(join(temporary, "published-")));
    return { tag: undefined, files: differences(tarball, theirs, tarballs) };
  };
  const compared = await Promise.all(tarballs.map(compare));
  for (const [index, tarball] of tarballs.entries()) {
    const { tag, files } = compared[index]!;
    if (tag !== undefined) pending.push({ tarball, tag });
    if (files.length > 0) changed.push({ tarball, files });
  }
  return { pending, changed };
}

/** What is wrong, and what to do. */
export function sentenceOf({ tarball, files }: Changed): string {
  const which = files.length > 3 ? `${files.slice(0, 3).join(", ")} and ${files.length - 3} more` : files.join(", ");
  return `${versionOf(tarball)} is published already, and differs in ${which}: changed without a changeset; npx changeset`;
}

/** `@seamless/checksum@0.1.0` */
export function versionOf({ manifest: { name, version } }: Tarball): string {
  return `${name}@${version}`;
}
