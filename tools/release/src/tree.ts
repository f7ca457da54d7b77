import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { workspaceRoot } from "@seamless-tools/examples";
import { execute, runCommand } from "@seamless-tools/packages";

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

/** The commit that is checked out. */
export async function head(): Promise<string> {
  return (await git("rev-parse", "HEAD")).trim();
}

/** The commit that a tag or branch is on, or undefined if there is none of the name. */
export async function commitOf(ref: string): Promise<string | undefined> {
  const found = await git("for-each-ref", "--format=%(objectname) %(*objectname)", ref);
  return found.trim().split(" ").at(-1) || undefined;
}

/** Annotated, as `git push --follow-tags` wants it. */
export async function createTag(name: string): Promise<void> {
  await runCommand("git", ["tag", "--annotate", "--message", name, name], { cwd: workspaceRoot });
}

function git(...args: readonly string[]): Promise<string> {
  return execute("git", args, workspaceRoot);
}
