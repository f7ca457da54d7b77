import { basename, posix } from "node:path";
import { mapRelativeLinks, type WorkspacePackage } from "@seamless-tools/examples";

/** Where all packages come from: named once, in the `package.json` at the top, by whoever owns the repository. */
export interface Origin {
  /** Of the repository on the web, without a slash at its end. */
  readonly web: string;
  /** Of the repository to Git, as npm writes it: `git+https://….git`. */
  readonly git: string;
  readonly homepage: string;
  readonly bugs: string;
}

/**
 * @param manifest - The `package.json` at the top.
 * @returns undefined if it names no `repository`, no `homepage` or no `bugs`.
 * @throws {Error} if one of them is not an address on the web.
 */
export function originOf(manifest: Readonly<Record<string, unknown>>): Origin | undefined {
  const fields = ["repository", "homepage", "bugs"].map((field) => manifest[field]);
  if (fields.some((field) => field === undefined)) return undefined;
  const [repository, homepage, bugs] = fields.map(address);
  const web = repository!.replace(/^git\+/, "").replace(/(\.git)?\/?$/, "");
  return { web, git: `git+${web}.git`, homepage: homepage!, bugs: bugs! };
}

function address(field: unknown): string {
  const url = typeof field === "object" && field !== null && "url" in field ? field.url : field;
  if (typeof url === "string" && /^(git\+)?https:\/\/[^/]+\/./.test(url)) return url;
  throw new Error(`package.json: ${JSON.stringify(field)} is not an address that begins with https:// or git+https://`);
}

/** The fields that a package's manifest gets. */
export function originFields(
  { git, homepage, bugs }: Origin,
  item: WorkspacePackage,
): Readonly<Record<string, unknown>> {
  return { repository: { type: "git", url: git, directory: folderOf(item) }, homepage, bugs: { url: bugs } };
}

/** A README as it can be read anywhere: its relative links lead to the repository, as it was at this version. */
export function absoluteLinks(readme: string, { web }: Origin, item: WorkspacePackage): string {
  const { name, version } = item.manifest;
  return mapRelativeLinks(readme, (target) =>
    target.startsWith("#") ? target : `${web}/blob/${name}@${version}/${posix.join(folderOf(item), target)}`,
  );
}

/** In the repository: `packages/checksum`. */
function folderOf({ directory }: WorkspacePackage): string {
  return `packages/${basename(directory)}`;
}
