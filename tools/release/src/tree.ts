import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { workspaceRoot } from "@seamless-tools/examples";
import { execute, runCommand } from "@seamless-tools/packages";
import { load } from "js-yaml";

/** What stands against a release of the tree as it is. */
export async function treeFaults(): Promise<readonly string[]> {
  const faults: string[] = [];
  const dirty = (await git("status", "--porcelain")).split("\n").filter((line) => line !== "");
  if (dirty.length > 0)
    faults.push(`the tree has changes that are not committed: ${dirty.map((line) => line.slice(3)).join(", ")}`);
  const pending = await pendingChangesets();
  if (pending.length > 0)
    faults.push(`changesets without a version (${pending.join(", ")}): pnpm release:version, and commit`);
  return faults;
}

/** The changesets that no version has taken in yet. Before a final release, versions leave theirs where they are. */
async function pendingChangesets(): Promise<readonly string[]> {
  const folder = join(workspaceRoot, ".changeset");
  const names = await readdir(folder);
  const taken = names.includes("pre.json")
    ? (JSON.parse(await readFile(join(folder, "pre.json"), "utf8")) as { readonly changesets: readonly string[] })
        .changesets
    : [];
  return names
    .filter((name) => name.endsWith(".md") && name !== "README.md")
    .map((name) => name.slice(0, -".md".length))
    .filter((name) => !taken.includes(name));
}

/** The packages that get a version from changesets which wait. */
export async function announcedPackages(): Promise<readonly string[]> {
  const texts = await Promise.all(
    (await pendingChangesets()).map((name) => readFile(join(workspaceRoot, ".changeset", `${name}.md`), "utf8")),
  );
  return texts.flatMap((text) => Object.keys((load(text.split(/^---$/m)[1] ?? "") ?? {}) as object));
}

/**
 * A tag without its version in the registry is of another attempt, which must have been of the same commit.
 *
 * @param versions - That are going to be published, as `NAME@VERSION`.
 * @param root - The repository.
 */
export async function tagFaults(versions: readonly string[], root = workspaceRoot): Promise<readonly string[]> {
  const head = (await execute("git", ["rev-parse", "HEAD"], root)).trim();
  const tagged = await Promise.all(versions.map((version) => commitOf(`refs/tags/${version}`, root)));
  return versions.flatMap((version, i) => {
    const commit = tagged[i];
    if (commit === undefined || commit === head) return [];
    return [
      `the tag ${version} is on another commit, ${commit.slice(0, 10)}, and its version is not published: delete the tag, or release another version`,
    ];
  });
}

/** The commit that a tag or branch is on, or undefined if there is none of the name. */
export async function commitOf(ref: string, root = workspaceRoot): Promise<string | undefined> {
  const found = await execute("git", ["for-each-ref", "--format=%(objectname) %(*objectname)", ref], root);
  return found.trim().split(" ").at(-1) || undefined;
}

/** Annotated, as `git push --follow-tags` wants it. */
export async function createTag(name: string): Promise<void> {
  await runCommand("git", ["tag", "--annotate", "--message", name, name], { cwd: workspaceRoot });
}

function git(...args: readonly string[]): Promise<string> {
  return execute("git", args, workspaceRoot);
}
