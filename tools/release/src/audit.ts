import { execFile } from "node:child_process";
import { join } from "node:path";
import { workspaceRoot } from "@seamless-tools/examples";

/** What is read of the report of `pnpm audit --json`; instead of it, an error, if the registry could not be asked. */
interface Report {
  readonly error?: { readonly code: string; readonly message: string };
  readonly advisories?: Readonly<Record<string, Advisory>>;
}

interface Advisory {
  readonly module_name: string;
  readonly severity: string;
  readonly title: string;
  readonly url: string;
  readonly vulnerable_versions: string;
  readonly patched_versions?: string;
  readonly findings?: readonly { readonly version: string; readonly paths: readonly string[] }[];
}

/**
 * Ask the registry for security advisories of all packages in the lock file, for users and for development. One that
 * does not concern this repository is named, with its reason, in `auditConfig` of `pnpm-workspace.yaml`.
 *
 * @param env - Added to the environment; `npm_config_registry` is the registry that is asked.
 * @returns an advisory each, or that the registry could not be asked: unknown is not clean.
 */
export async function auditFaults(env: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const printed = await pnpmAudit(env);
  const report = readReport(printed);
  if (report?.error !== undefined || report?.advisories === undefined) {
    const why = report?.error?.message ?? (printed.trim() || "pnpm audit printed nothing");
    return [`the registry could not be asked for security advisories, so try again, or use --without-audit: ${why}`];
  }
  return Object.values(report.advisories).map(sentence);
}

/** What it prints on standard output. Its status says less: 1 for an advisory and for a failure. */
function pnpmAudit(env: Readonly<Record<string, string>>): Promise<string> {
  const pnpm = join(workspaceRoot, "node_modules/.bin/pnpm");
  const options = { cwd: workspaceRoot, env: { ...process.env, ...env }, maxBuffer: 2 ** 28 };
  return new Promise((resolve) => execFile(pnpm, ["audit", "--json"], options, (_, stdout) => resolve(stdout)));
}

function readReport(printed: string): Report | undefined {
  try {
    return JSON.parse(printed) as Report;
  } catch {
    return undefined;
  }
}

function sentence(advisory: Advisory): string {
  const { module_name, severity, title, url, vulnerable_versions, patched_versions = "", findings = [] } = advisory;
  const path = findings.flatMap(({ paths }) => paths)[0];
  const by = path === undefined ? "" : `, by ${path.replaceAll(">", " > ")}`;
  // The registry's way to say that there is none.
  const mended = ["", "<0.0.0"].includes(patched_versions) ? "not mended yet" : `mended in ${patched_versions}`;
  return `${module_name} ${vulnerable_versions} (${severity}${by}): ${title}, ${mended}; ${url}`;
}
