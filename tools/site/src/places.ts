import { existsSync } from "node:fs";
import { join, posix } from "node:path";

/** Files of the repository, and those that are made from doc comments, that are pages, by their path; `$1` is what the parentheses match. */
const PAGES: readonly (readonly [RegExp, string])[] = [
  [/^results\/(api\/(?:.*\/)?)README\.md$/, "$1index.md"],
  [/^results\/(api\/.+\.md)$/, "$1"],
  [/^docs\/(.*\/)?README\.md$/, "$1index.md"],
  [/^docs\/(.+\.md)$/, "$1"],
  [/^packages\/([\w-]+)\/README\.md$/, "packages/$1.md"],
  [/^README\.md$/, "overview.md"],
  [/^CONTRIBUTING\.md$/, "contributing.md"],
  [/^SECURITY\.md$/, "security.md"],
];

/**
 * Where a file of the repository stands on the site.
 *
 * @param file - Path in the repository, with slashes.
 * @returns path of the page with `.md` at its end; undefined if it is no page.
 */
export function pageOf(file: string): string | undefined {
  const row = PAGES.find(([pattern]) => pattern.test(file));
  return row === undefined ? undefined : file.replace(row[0], row[1]);
}

/** What is shown of files that are no pages, and where. */
export interface Sources {
  /** URL of a file or folder of the repository. */
  urlOf(file: string): string;
}

/** What a link leads to. */
export interface Target {
  /** Of a page from the top of the site, whatever it is served under: `/packages/cache.md#stores`. Of a source, the whole URL. */
  readonly url: string;
  readonly isSource: boolean;
}

/**
 * What a relative link leads to on the site.
 *
 * @param from - File with the link, by its path in the repository.
 * @param target - As it stands in that file.
 * @param root - Absolute path of the repository.
 * @throws {Error} if there is no such file.
 */
export function resolveLink(from: string, target: string, root: string, sources: Sources): Target {
  const [path = "", anchor] = target.split("#");
  const hash = anchor === undefined ? "" : `#${anchor}`;
  if (path === "") return { url: hash, isSource: false };
  const file = posix.join(posix.dirname(from), decodeURI(path)).replace(/\/$/, "");
  if (file.startsWith("..") || !existsSync(join(root, file)))
    throw new Error(`${from}: a link leads nowhere: ${target}`);
  const page = pageOf(file);
  return page === undefined
    ? { url: sources.urlOf(file) + hash, isSource: true }
    : { url: `/${page}${hash}`, isSource: false };
}
