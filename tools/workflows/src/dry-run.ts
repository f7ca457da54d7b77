import { spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Contexts, holds, type JobStatus, substitute } from "./expressions.ts";
import { COMMAND_INPUTS, keyOf } from "./known-actions.ts";
import { type Job, type Step, stepName, type Workflow } from "./workflow.ts";

/** What happens on the platform, which a dry run takes as given. */
export interface Circumstances {
  /** @default { event_name: "push", ref: "refs/heads/main", sha: "0" } */
  readonly github?: Readonly<Record<string, unknown>>;
  /** Outputs of actions, by the id of their step. */
  readonly outputs?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Outputs of the jobs before. */
  readonly needs?: Readonly<Record<string, { readonly outputs: Readonly<Record<string, string>> }>>;
  /** What a command prints: `npm run bench` → text. */
  readonly prints?: Readonly<Record<string, string>>;
  /** Commands that fail. */
  readonly failing?: readonly string[];
}

/** One step that was run. */
interface StepRun {
  readonly step: string;
  readonly status: number;
  /** What it printed, both kinds. */
  readonly printed: string;
}

/** One job that was run, for one row of its matrix. */
export interface JobRun {
  readonly matrix: Readonly<Record<string, unknown>>;
  readonly status: JobStatus | "skipped";
  readonly steps: readonly StepRun[];
  /** The commands that were called in place of being run, in order. */
  readonly calls: readonly string[];
  readonly outputs: Readonly<Record<string, string>>;
  /** What it would show on its page. */
  readonly summary: string;
}

/** Recorded instead of run: they install, change the machine or the repository, or take minutes. */
const RECORDED = ["apt-get", "dpkg", "git", "npm", "npx", "pnpm"];

/** Says what it is called with, and prints or fails as it was told; `sudo` runs what it is given, too. */
const STUB = `#!/bin/bash
call="$(basename "$0") $*"
printf '%s\\n' "$call" >> "$DRY_RUN/calls"
if grep -qxF -- "$call" "$DRY_RUN/failing"; then exit 1; fi
if [ -f "$DRY_RUN/prints/$call" ]; then cat "$DRY_RUN/prints/$call"; fi
if [ "$(basename "$0")" = sudo ]; then
  while [[ "\${1-}" == -* ]]; do shift; done
  exec "$@"
fi
`;

/**
 * Run the commands of a job, once for each row of its matrix: in a clone, with the environment that the platform gives, and
 * with stubs for what installs or takes long.
 *
 * @param clone - A copy of the repository, which is changed.
 * @param folder - For stubs and what they record.
 */
export function dryRun(
  clone: string,
  folder: string,
  workflow: Workflow,
  name: string,
  circumstances: Circumstances = {},
): JobRun[] {
  const job = workflow.jobs[name];
  if (job === undefined) throw new Error(`${workflow.file} has no job ${name}`);
  return rows(job).map((matrix, index) =>
    new JobDryRun(clone, join(folder, `${name}-${index}`), workflow, job, matrix, circumstances).run(),
  );
}

/** All combinations of the values of a matrix. */
function rows({ strategy }: Job): Record<string, unknown>[] {
  const start: Record<string, unknown>[] = [{}];
  return Object.entries(strategy?.matrix ?? {}).reduce(
    (all, [key, values]) => all.flatMap((row) => values.map((value) => ({ ...row, [key]: value }))),
    start,
  );
}

class JobDryRun {
  private readonly steps: StepRun[] = [];
  private readonly outputs: Record<string, { outputs: Record<string, string> }> = {};
  private status: JobStatus = "success";

  constructor(
    private readonly clone: string,
    private readonly folder: string,
    private readonly workflow: Workflow,
    private readonly job: Job,
    private readonly matrix: Readonly<Record<string, unknown>>,
    private readonly circumstances: Circumstances,
  ) {}

  run(): JobRun {
    this.prepare();
    const skipped = !holds(this.job.if, this.contexts(), "success");
    if (!skipped) for (const step of this.job.steps) this.perform(step);
    const outputs = Object.entries(this.job.outputs ?? {}).map(([key, text]) => [
      key,
      substitute(text, this.contexts()),
    ]);
    return {
      matrix: this.matrix,
      status: skipped ? "skipped" : this.status,
      steps: this.steps,
      calls: this.read("calls").split("\n").slice(0, -1),
      outputs: Object.fromEntries(outputs),
      summary: this.read("summary"),
    };
  }

  private read(file: string): string {
    return readFileSync(join(this.folder, file), "utf8");
  }

  private prepare(): void {
    const { prints = {}, failing = [] } = this.circumstances;
    rmSync(this.folder, { recursive: true, force: true });
    for (const name of ["bin", "prints", "home", "temp"]) mkdirSync(join(this.folder, name), { recursive: true });
    for (const name of ["calls", "summary", "output", "env", "path"]) writeFileSync(join(this.folder, name), "");
    writeFileSync(join(this.folder, "failing"), failing.join("\n"));
    for (const [call, text] of Object.entries(prints)) writeFileSync(join(this.folder, "prints", call), text);
    for (const name of [...RECORDED, "sudo"]) writeFileSync(join(this.folder, "bin", name), STUB, { mode: 0o755 });
  }

  private contexts(): Contexts {
    const { github, needs = {} } = this.circumstances;
    const event = { event_name: "push", ref: "refs/heads/main", sha: "0", ...github, workflow: this.workflow.name };
    // There are no secrets where nothing is trusted.
    return { github: event, matrix: this.matrix, needs, steps: this.outputs, secrets: {} };
  }

  private perform(step: Step): void {
    if (!holds(step.if, this.contexts(), this.status)) return;
    const id = step.id ?? "";
    this.outputs[id] = { outputs: { ...this.circumstances.outputs?.[id] } };
    if (step.run !== undefined) this.execute(step, ["-eo", "pipefail", this.script(step.run)]);
    for (const command of commandInputs(step)) this.execute(step, ["-c", `exec ${command}`]);
    for (const line of this.read("output").split("\n")) {
      const [key = "", value] = line.split("=", 2);
      if (value !== undefined) this.outputs[id].outputs[key] = value;
    }
    writeFileSync(join(this.folder, "output"), "");
  }

  /** As the platform does it for `shell: bash`. */
  private script(text: string): string {
    const path = join(this.folder, "temp", `${this.steps.length}.sh`);
    writeFileSync(path, substitute(text, this.contexts(), this.status));
    return path;
  }

  private execute(step: Step, args: readonly string[]): void {
    const env = Object.entries(step.env ?? {}).map(([key, text]) => [
      key,
      substitute(text, this.contexts(), this.status),
    ]);
    const { status, stdout, stderr, error } = spawnSync("bash", ["--noprofile", "--norc", ...args], {
      cwd: this.clone,
      encoding: "utf8",
      timeout: 60_000,
      env: { ...this.environment(), ...Object.fromEntries(env) },
    });
    if (error !== undefined) throw error;
    this.steps.push({ step: stepName(step), status: status ?? -1, printed: stdout + stderr });
    if (status !== 0) this.status = "failure";
  }

  private environment(): Record<string, string> {
    const at = (name: string) => join(this.folder, name);
    return {
      PATH: [at("bin"), dirname(process.execPath), "/usr/bin", "/bin"].join(":"),
      HOME: at("home"),
      CI: "true",
      GITHUB_ACTIONS: "true",
      GITHUB_ENV: at("env"),
      GITHUB_OUTPUT: at("output"),
      GITHUB_PATH: at("path"),
      GITHUB_STEP_SUMMARY: at("summary"),
      GITHUB_WORKSPACE: this.clone,
      RUNNER_TEMP: at("temp"),
      DRY_RUN: this.folder,
    };
  }
}

function commandInputs({ uses = "", with: inputs = {} }: Step): string[] {
  return (COMMAND_INPUTS[keyOf(uses)] ?? [])
    .map((input) => inputs[input])
    .filter((command) => typeof command === "string");
}

/**
 * Have a file of the clone record that it is called, in place of what it does.
 *
 * @param path - In the clone.
 */
export function recordCalls(clone: string, path: string): void {
  rmSync(join(clone, path));
  writeFileSync(join(clone, path), "", { mode: 0o755 });
  appendFileSync(join(clone, path), `#!/bin/bash\nprintf '%s\\n' "${path} $*" >> "$DRY_RUN/calls"\n`);
}
