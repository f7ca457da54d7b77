import { dirname } from "node:path";
import { execute, readTarball, runCommand, type Tarball } from "@seamless-tools/packages";
import { lt, major, minor, prerelease } from "semver";

/** What a registry has of a package. */
export interface PublishedPackage {
  readonly versions: readonly string[];
  /** The version of the dist-tag `latest`. */
  readonly latest: string | undefined;
}

/** Ask the registry that npm is configured with. */
export async function publishedPackage(name: string): Promise<PublishedPackage> {
  const args = ["view", name, "versions", "dist-tags", "--json", "--prefer-online"];
  const { stdout } = await runCommand("npm", args, { cwd: process.cwd() }).catch((error: Error) => {
    // npm's code for a package that was never published.
    if (/\bE404\b/.test(error.message)) return { stdout: "{}" };
    throw error;
  });
  const found = JSON.parse(stdout) as {
    readonly versions?: string | readonly string[];
    readonly "dist-tags"?: Readonly<Record<string, string>>;
  };
  return { versions: [found.versions ?? []].flat(), latest: found["dist-tags"]?.["latest"] };
}

/**
 * @param version - With its name: `@seamless/checksum@0.1.0`.
 * @param destination - Folder for the `.tgz`.
 */
export async function publishedTarball(version: string, destination: string): Promise<Tarball> {
  const report = await execute("npm", ["pack", version, "--json", "--prefer-online"], destination);
  const [packed] = JSON.parse(report) as readonly { readonly filename: string }[];
  return await readTarball(`${destination}/${packed!.filename}`);
}

/** Publish a tarball as it is. */
export async function publish({ path }: Tarball, tag: string): Promise<void> {
  await runCommand("npm", publishArguments(path, tag, process.env), { cwd: dirname(path) });
}

/** With provenance where the platform vouches for the build: GitHub gives such a job an identity to ask for. */
export function publishArguments(
  path: string,
  tag: string,
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const vouched =
    env["ACTIONS_ID_TOKEN_REQUEST_URL"] !== undefined && env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] !== undefined;
  return [
    "publish",
    path,
    "--loglevel",
    "error",
    "--access",
    "public",
    "--tag",
    tag,
    ...(vouched ? ["--provenance"] : []),
  ];
}

/**
 * The dist-tag of a version: `next` for `0.2.0-next.0`; `release-0.1` for a patch of an older minor than the latest, which
 * must not become the latest.
 */
export function distTag(version: string, latest: string | undefined): string {
  const [identifier] = prerelease(version) ?? [];
  if (identifier !== undefined) return String(identifier);
  return latest !== undefined && lt(version, latest) ? `release-${major(version)}.${minor(version)}` : "latest";
}
