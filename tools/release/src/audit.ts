import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { workspaceRoot } from "@seamless-tools/examples";
import { execute, lockedPackages } from "@seamless-tools/packages";
import { load } from "js-yaml";
import { satisfies, valid, validRange } from "semver";

/** What is read of an advisory: an answer of the registry's `advisories/bulk`. */
interface Advisory {
  /** On the web; ends with its name, `GHSA-…`. */
  readonly url: string;
  readonly title: string;
  readonly severity: string;
  readonly vulnerable_versions: string;
}

/** Package → its versions. */
type Versions = Readonly<Record<string, readonly string[]>>;

/**
 * Ask the registry for security advisories against any package in the lock file, for users and for development, as `npm
 * audit` asks it. (pnpm's own audit, up to version 10, asks for paths that npm's registry no longer has.) One that does
 * not concern this repository is named, with the reason in a comment, in `auditConfig.ignoreGhsas` of
 * `pnpm-workspace.yaml`.
 *
 * @param registry - By default, the one that npm is configured with.
 * @param ignored - By default, what `pnpm-workspace.yaml` says.
 * @returns a sentence for each advisory, or that the registry could not be asked: unknown is not clean.
 */
export async function auditFaults(registry?: string, ignored?: readonly string[]): Promise<readonly string[]> {
  const versions = lockedVersions();
  const base = registry ?? (await execute("npm", ["config", "get", "registry"], workspaceRoot)).trim();
  let found: Readonly<Record<string, readonly Advisory[]>>;
  try {
    found = await ask(new URL("-/npm/v1/security/advisories/bulk", base.replace(/\/*$/, "/")), versions);
  } catch (error) {
    const { cause, message } = error as Error;
    const why = cause instanceof Error ? `${message}: ${cause.message}` : message;
    return [`the registry could not be asked for security advisories (${why}): try again, or use --without-audit`];
  }
  const passed = ignored ?? (await ignoredAdvisories());
  return Object.entries(found).flatMap(([name, advisories]) =>
    advisories
      .filter(({ url }) => !passed.some((id) => url.endsWith(`/${id}`)))
      .flatMap((advisory) => sentences(name, versions[name] ?? [], advisory)),
  );
}

async function ask(url: URL, versions: Versions): Promise<Readonly<Record<string, readonly Advisory[]>>> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(versions),
    signal: AbortSignal.timeout(60_000),
  });
  if (!response.ok) throw new Error(`it answered ${response.status}`);
  const answer: unknown = await response.json();
  const isAnswer = typeof answer === "object" && answer !== null && Object.values(answer).every(Array.isArray);
  if (!isAnswer) throw new Error("it answered with something else");
  return answer as Readonly<Record<string, readonly Advisory[]>>;
}

function lockedVersions(): Versions {
  const versions: Record<string, string[]> = {};
  for (const { name, version } of lockedPackages()) versions[name] = [...(versions[name] ?? []), version];
  return versions;
}

async function ignoredAdvisories(): Promise<readonly string[]> {
  const settings = load(await readFile(join(workspaceRoot, "pnpm-workspace.yaml"), "utf8")) as {
    readonly auditConfig?: { readonly ignoreGhsas?: readonly string[] };
  };
  return settings.auditConfig?.ignoreGhsas ?? [];
}

function sentences(name: string, versions: readonly string[], { url, title, severity, vulnerable_versions }: Advisory) {
  return versions
    .filter((version) => mayBeIn(version, vulnerable_versions))
    .map(
      (version) =>
        `${name}@${version} (${severity}; ${vulnerable_versions}): ${title}; ${url}; npx pnpm why -r ${name}`,
    );
}

/** A range or a version that cannot be read leaves open whether it is concerned, and unknown is not clean. */
function mayBeIn(version: string, range: string): boolean {
  if (validRange(range) === null || valid(version) === null) return true;
  return satisfies(version, range, { includePrerelease: true });
}
