import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { actionUses } from "./actions.mjs";

/** A repository of an action, on this machine. */
export interface StandIn {
  /** `owner/repository`. */
  readonly repository: string;
  readonly version: string;
  /**
   * An annotated tag is an object that leads to a commit, a light one is the commit's name itself; a branch is how some
   * keep their newest version.
   * @default "light"
   */
  readonly kind?: "light" | "annotated" | "branch";
}

const AUTHOR = ["-c", "user.name=stand-in", "-c", "user.email=stand-in@example.com", "-c", "commit.gpgsign=false"];

/**
 * Make bare repositories in a folder, in place of the host's. Their versions lead to commits that are made here.
 *
 * @returns The commit of each, in the same order.
 */
export function makeStandIns(folder: string, standIns: readonly StandIn[]): string[] {
  return standIns.map(({ repository, version, kind = "light" }) => {
    const path = join(folder, repository);
    mkdirSync(path, { recursive: true });
    const git = (...args: string[]) =>
      execFileSync("git", ["-C", path, ...AUTHOR, ...args], { encoding: "utf8" }).trim();
    git("init", "--quiet", "--bare");
    const tree = execFileSync("git", ["-C", path, "mktree"], { encoding: "utf8", input: "" }).trim();
    const commit = git("commit-tree", tree, "-m", `${repository} ${version}`);
    if (kind === "branch") git("branch", version, commit);
    else git("tag", ...(kind === "annotated" ? ["--annotate", "--message", version] : []), version, commit);
    return commit;
  });
}

/**
 * The same for all actions that a repository's workflows use by a version: a host to pin them by, without a network.
 *
 * @param root - The top of the repository.
 * @param folder - Empty, and kept as long as the host is asked.
 * @returns The host's URL.
 */
export function standInHost(root: string, folder: string): string {
  const uses = actionUses(root).filter(({ pinned }) => !pinned);
  const versions = new Map(uses.map(({ repository, ref }) => [`${repository}@${ref}`, { repository, version: ref }]));
  makeStandIns(folder, [...versions.values()]);
  return pathToFileURL(folder).href;
}
