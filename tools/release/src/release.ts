import { mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { workspaceRoot } from "@seamless-tools/examples";
import { originOf, packPublished, type Tarball } from "@seamless-tools/packages";
import { pinFaults } from "@seamless-tools/workflows/actions";
import { auditFaults } from "./audit.ts";
import { build } from "./build.ts";
import { checks } from "./checks.ts";
import { differences } from "./differences.ts";
import { inOrderOfDependencies } from "./order.ts";
import { Refusal, refuseFor } from "./refusal.ts";
import { distTag, type PublishedPackage, publish, publishedPackage, publishedTarball } from "./registry.ts";
import { commitOf, createTag, head, treeFaults } from "./tree.ts";

/** How to release. */
interface ReleaseOptions {
  /** Stop where something would be published. */
  readonly dryRun: boolean;
  /** For a registry that cannot be asked for security advisories. */
  readonly withoutAudit: boolean;
}

/**
 * Publish every package whose version is not published yet, and tag it. What is published already is left as it is, if it
 * is the same: so a release that failed midway goes on where it ended.
 *
 * @throws {Refusal} before anything is published; or in the midst, with what is.
 */
export async function release({ dryRun, withoutAudit }: ReleaseOptions): Promise<void> {
  refuseFor([...(await originFaults()), ...(await treeFaults()), ...pinFaults(workspaceRoot)]);
  step(withoutAudit ? "Not asking for security advisories" : "Asking for security advisories");
  refuseFor(withoutAudit ? [] : await auditFaults());
  const temporary = await realpath(await mkdtemp(join(tmpdir(), "seamless-release-")));
  try {
    step("Building");
    await build();
    step("Packing");
    const tarballs = inOrderOfDependencies(await packPublished(temporary));
    const pending = await unpublished(tarballs, temporary);
    if (pending.length > 0) await check(tarballs, pending, await mkdtemp(join(temporary, "checks-")));
    if (dryRun) return tellOf(pending);
    await publishAll(pending);
    // Of those, too, that an earlier attempt published and did not come to tag.
    for (const tarball of tarballs) await tagIfMissing(versionOf(tarball));
  } finally {
    await rm(temporary, { recursive: true });
  }
}

async function check(tarballs: readonly Tarball[], pending: readonly Pending[], temporary: string): Promise<void> {
  const candidates = { tarballs, pending: pending.map(({ tarball }) => tarball), temporary };
  const found: string[] = [];
  for (const { name, faults } of checks) {
    step(`Checking that ${name}`);
    found.push(...(await faults(candidates)));
  }
  refuseFor(found);
}

function tellOf(pending: readonly Pending[]): void {
  if (pending.length === 0) step("Every version is published already");
  for (const { tarball, tag } of pending) step(`Would publish ${versionOf(tarball)} as ${tag}`);
}

async function publishAll(pending: readonly Pending[]): Promise<void> {
  for (const [done, { tarball, tag }] of pending.entries()) {
    step(`Publishing ${versionOf(tarball)} as ${tag}`);
    await publish(tarball, tag).catch((error: Error) => {
      const before = pending.slice(0, done).map((one) => versionOf(one.tarball));
      throw new Refusal([
        `${versionOf(tarball)} could not be published: ${error.message}`,
        `published before it: ${before.join(", ") || "nothing"}: pnpm release goes on from here`,
      ]);
    });
  }
}

async function originFaults(): Promise<readonly string[]> {
  try {
    const origin = originOf(JSON.parse(await readFile(join(workspaceRoot, "package.json"), "utf8")));
    return origin === undefined
      ? ["the top package.json names no repository, homepage and bugs: docs/releasing.md"]
      : [];
  } catch (error) {
    return [`the top ${(error as Error).message}`];
  }
}

interface Pending {
  readonly tarball: Tarball;
  readonly tag: string;
}

/** Those of the tarballs that the registry does not have; what it has must be the same. */
async function unpublished(tarballs: readonly Tarball[], temporary: string): Promise<readonly Pending[]> {
  step("Comparing with what is published");
  const compared = await Promise.all(tarballs.map((tarball) => compare(tarball, tarballs, temporary)));
  refuseFor(compared.flatMap(({ faults }) => faults));
  return compared.flatMap(({ pending }) => pending ?? []);
}

async function compare(tarball: Tarball, all: readonly Tarball[], temporary: string) {
  const { name, version } = tarball.manifest;
  const published = await publishedPackage(name);
  if (!published.versions.includes(version))
    return { faults: await tagFaults(tarball), pending: pendingOf(tarball, published) };
  const theirs = await publishedTarball(versionOf(tarball), await mkdtemp(join(temporary, "published-")));
  const changed = differences(tarball, theirs, all);
  if (changed.length === 0) return { faults: [] };
  const which =
    changed.length > 3 ? `${changed.slice(0, 3).join(", ")} and ${changed.length - 3} more` : changed.join(", ");
  return {
    faults: [
      `${versionOf(tarball)} is published already, and differs in ${which}: changed without a changeset; npx changeset`,
    ],
  };
}

function pendingOf(tarball: Tarball, { latest }: PublishedPackage): Pending {
  return { tarball, tag: distTag(tarball.manifest.version, latest) };
}

/** A tag without its version in the registry is of another attempt, which must have been of the same commit. */
async function tagFaults(tarball: Tarball): Promise<readonly string[]> {
  const tagged = await commitOf(`refs/tags/${versionOf(tarball)}`);
  if (tagged === undefined || tagged === (await head())) return [];
  return [
    `the tag ${versionOf(tarball)} is on another commit, ${tagged.slice(0, 10)}, and its version is not published: delete the tag, or release another version`,
  ];
}

async function tagIfMissing(tag: string): Promise<void> {
  if ((await commitOf(`refs/tags/${tag}`)) !== undefined) return;
  await createTag(tag);
  // The words by which the changesets action knows what has been released.
  process.stdout.write(`New tag:  ${tag}\n`);
}

function versionOf({ manifest: { name, version } }: Tarball): string {
  return `${name}@${version}`;
}

function step(text: string): void {
  process.stderr.write(`> ${text}\n`);
}
