import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";

/** One step of a job: an action, or commands. */
export interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly run?: string;
  readonly shell?: string;
  readonly env?: Readonly<Record<string, string>>;
}

type Permissions = Readonly<Record<string, "read" | "write">>;

export interface Job {
  readonly name?: string;
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly "runs-on": string;
  readonly "timeout-minutes"?: number;
  readonly environment?: string;
  readonly permissions?: Permissions;
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>>; readonly "fail-fast"?: boolean };
  readonly outputs?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

/** A file of `.github/workflows`. */
export interface Workflow {
  readonly file: string;
  readonly name: string;
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: Permissions;
  readonly concurrency?: { readonly group: string; readonly "cancel-in-progress"?: boolean | string };
  readonly defaults?: { readonly run?: { readonly shell?: string } };
  readonly jobs: Readonly<Record<string, Job>>;
}

/**
 * Actions that are pinned to commits are read as the versions that stand behind these: `owner/action@v4`.
 *
 * @param file - Its name, for what is said about it.
 */
export function parseWorkflow(file: string, text: string): Workflow {
  const named = text.replace(/^(\s*(?:- )?uses: \S+@)[0-9a-f]{40} # (\S+)$/gm, "$1$2");
  return { file, ...(load(named) as Omit<Workflow, "file">) };
}

/** @param root - The top of the repository. */
export function readWorkflows(root: string): Workflow[] {
  const folder = join(root, ".github/workflows");
  const files = readdirSync(folder).filter((file) => /\.ya?ml$/.test(file));
  return files.sort().map((file) => parseWorkflow(file, readFileSync(join(folder, file), "utf8")));
}

/** Each job of a workflow with its name. */
export const jobsOf = (workflow: Workflow): [name: string, job: Job][] => Object.entries(workflow.jobs);

/** How messages name a step. */
export const stepName = ({ name, id, uses, run }: Step): string => name ?? id ?? uses ?? run ?? "step";
