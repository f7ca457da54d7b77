import { ACTIONS, keyOf } from "./known-actions.ts";
import { type Job, jobsOf, type Step, stepName, type Workflow } from "./workflow.ts";

/** What may be written, by whom: everything else only reads. `workflow.job` → scopes. */
const WRITERS: Readonly<Record<string, readonly string[]>> = {
  "codeql.yml.analyze": ["security-events"],
  "release.yml.version": ["contents", "pull-requests"],
  "release.yml.publish": ["contents", "id-token"],
};

/** Which job may know which secrets, besides the token that each has. */
const SECRETS: Readonly<Record<string, readonly string[]>> = { "release.yml.publish": ["NPM_TOKEN"] };

/** Events that run with the rights of the repository on what others have written. */
const TRUSTING_EVENTS = ["pull_request_target", "workflow_run", "issue_comment"];

type JobRule = (job: Job, id: string, workflow: Workflow) => readonly string[];

const when = (fault: boolean, message: string): string[] => (fault ? [message] : []);

const writesOf = (permissions: Job["permissions"]): string[] =>
  Object.entries(permissions ?? {}).flatMap(([scope, access]) => (access === "write" ? [scope] : []));

/** What holds for a whole file. */
const WORKFLOW_RULES: readonly ((workflow: Workflow) => readonly string[])[] = [
  ({ permissions }) =>
    when(permissions === undefined, "has no permissions of its own: it gets those of the repository"),
  ({ permissions }) => writesOf(permissions).map((scope) => `all its jobs may write ${scope}`),
  ({ concurrency }) => when(concurrency === undefined, "has no concurrency group"),
  ({ on }) => TRUSTING_EVENTS.filter((event) => event in on).map((event) => `runs with its rights on ${event}`),
  ({ defaults, jobs }) =>
    when(
      defaults?.run?.shell !== "bash" && Object.values(jobs).some(({ steps }) => steps.some(({ run }) => run)),
      "has no default shell: Windows would take another",
    ),
];

/** What holds for each job. */
const JOB_RULES: readonly JobRule[] = [
  (job) => when(job["timeout-minutes"] === undefined, "has no time-out"),
  (job, id) =>
    writesOf(job.permissions)
      .filter((scope) => !WRITERS[id]?.includes(scope))
      .map((scope) => `may write ${scope}`),
  (job) => when(String(job.permissions).endsWith("-all"), "has all permissions"),
  (job) =>
    Object.keys(job.strategy?.matrix ?? {})
      .filter((key) => !new RegExp(`matrix\\.${key}\\b`).test(JSON.stringify(job)))
      .map((key) => `does not use matrix.${key}`),
  (job, _, { jobs }) =>
    [job.needs ?? []]
      .flat()
      .filter((name) => !(name in jobs))
      .map((name) => `needs ${name}, which is no job`),
  (job, id) =>
    [...JSON.stringify(job).matchAll(/secrets\.(\w+)/g)]
      .map(([, name]) => name ?? "")
      .filter((name) => !SECRETS[id]?.includes(name))
      .map((name) => `knows the secret ${name}`),
  // Any other job, also one of a pull request, may have filled the cache that a later one starts from.
  (job) => when(writesOf(job.permissions).length > 0 && job.steps.some(caches), "writes, and starts from a cache"),
  (job) =>
    when(
      !writesOf(job.permissions).includes("contents") && job.steps.some(keepsCredentials),
      "leaves the token in the clone, and does not push",
    ),
];

const caches = ({ uses, with: inputs }: Step): boolean =>
  uses?.startsWith("actions/setup-node@") === true && inputs?.["package-manager-cache"] !== false;

const keepsCredentials = ({ uses, with: inputs }: Step): boolean =>
  uses?.startsWith("actions/checkout@") === true && inputs?.["persist-credentials"] !== false;

/** What holds for each step. */
const STEP_RULES: readonly ((step: Step) => readonly string[])[] = [
  // What is substituted becomes a part of the program: a branch may be called `$(…)`.
  ({ run }) => when(run?.includes(`\${{`) === true, "has an expression in its commands: give it in env"),
  ({ uses, with: inputs }) => (uses === undefined ? [] : misused(uses, inputs ?? {})),
];

function misused(uses: string, inputs: Readonly<Record<string, unknown>>): string[] {
  const action = keyOf(uses);
  const known = ACTIONS[action];
  if (known === undefined) return [`uses ${action}, which is not one of those that are trusted here`];
  return Object.keys(inputs)
    .filter((input) => !known.includes(input))
    .map((input) => `gives ${action} "${input}", which it does not take`);
}

/**
 * What is wrong with a workflow by the rules of this repository, beyond its syntax.
 *
 * @returns One sentence for each fault.
 */
export function faultsOf(workflow: Workflow): string[] {
  const { file } = workflow;
  return [
    ...WORKFLOW_RULES.flatMap((rule) => rule(workflow)).map((fault) => `${file} ${fault}`),
    ...jobsOf(workflow).flatMap(([name, job]) => [
      ...JOB_RULES.flatMap((rule) => rule(job, `${file}.${name}`, workflow)).map(
        (fault) => `${file}, ${name}: ${fault}`,
      ),
      ...job.steps.flatMap((step) =>
        STEP_RULES.flatMap((rule) => rule(step)).map((fault) => `${file}, ${name}, ${stepName(step)}: ${fault}`),
      ),
    ]),
  ];
}
