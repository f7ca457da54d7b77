import { mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { workspaceRoot } from "@seamless-tools/examples";
import { originOf, packPublished, type Tarball } from "@seamless-tools/packages";
import { pinFaults } from "@seamless-tools/workflows/actions";
import { auditFaults } from "./audit.ts";
import { build } from "./build.ts";
import { checks } from "./checks.ts";
import { compareWithPublished, type Pending, sentenceOf, versionOf } from "./compare.ts";
import { inOrderOfDependencies } from "./order.ts";
import { Refusal, refuseFor } from "./refusal.ts";
import { publish } from "./registry.ts";
import { commitOf, createTag, tagFaults, treeFaults } from "./tree.ts";

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
    step("Comparing with what is published");
    const { pending, changed } = await compareWithPublished(tarballs, temporary);
    refuseFor([...changed.map(sentenceOf), ...(await tagFaults(pending.map(({ tarball }) => versionOf(tarball))))]);
    if (pending.length > 0) await check(tarballs, pending, await mkdtemp(join(temporary, "checks-")));
    if (dryRun) return tellOf(pending);
    await publishAll(pending);
    // Of those that an earlier attempt published, and did not come to tag.
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
        `published and tagged before it: ${before.join(", ") || "nothing"}: pnpm release goes on from here`,
      ]);
    });
    // At once: if a later one fails, and the code must change for it, this one stays where it was published from.
    await tagIfMissing(versionOf(tarball));
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

async function tagIfMissing(tag: string): Promise<void> {
  if ((await commitOf(`refs/tags/${tag}`)) !== undefined) return;
  await createTag(tag);
  // The words by which the changesets action knows what has been released.
  process.stdout.write(`New tag:  ${tag}\n`);
}

function step(text: string): void {
  process.stderr.write(`> ${text}\n`);
}
