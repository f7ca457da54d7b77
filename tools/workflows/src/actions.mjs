// Which actions the workflows use, and at which commits. A tag can be moved to other code by whoever keeps the action, or
// has taken it over; a commit cannot. Node's own modules and git are enough: it runs before anything is installed.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * One line of a workflow that uses an action of somebody else.
 *
 * @typedef {object} ActionUse
 * @property {string} file - Path in the repository.
 * @property {number} line - From 1.
 * @property {string} action - `owner/repository`, or `owner/repository/folder`.
 * @property {string} repository - `owner/repository`.
 * @property {string} ref - A version, or a commit.
 * @property {boolean} pinned - Is it a commit?
 */

/** `- uses: owner/repository/folder@ref # version`, the only form that is understood here: one line, no quotes. */
const USE =
  /^(?<before>\s*(?:- )?uses: (?<repository>[\w.-]+\/[\w.-]+)(?<folder>(?:\/[\w.-]+)*)@)(?<ref>[\w./-]+)(?: # (?<version>\S+))?$/;
const KEY = /^(?!\s*#).*\buses["']?\s*:/;
const LOCAL = /^\s*(?:- )?uses: \.\//;
const COMMIT = /^[0-9a-f]{40}$/;
/** Tags that name a version; what else a ref can be (a branch under work, a part of a commit) is nothing to trust. */
const VERSION = /^(?:v\d+|\d{1,4})(?:\.\d+){0,2}$/;

/**
 * All uses of actions in the workflows of a repository.
 *
 * @param {string} root - The top of the repository.
 * @returns {ActionUse[]}
 * @throws {Error} for a use in a form that is not understood: it could not be pinned, nor seen to be.
 */
export function actionUses(root) {
  return files(root).flatMap((file) => lines(join(root, file)).flatMap((text, index) => use(file, index + 1, text)));
}

/**
 * The uses that are at the mercy of a tag.
 *
 * @param {string} root
 */
export function unpinnedActions(root) {
  return actionUses(root).filter(({ pinned }) => !pinned);
}

/**
 * The same as reasons against a release. Where there is no network, a test takes the host of `stand-in.ts` to pin by.
 *
 * @param {string} root
 * @returns {string[]} one sentence, with what to do, or none.
 */
export function pinFaults(root) {
  const names = new Set(unpinnedActions(root).map(({ action, ref }) => `${action}@${ref}`));
  if (names.size === 0) return [];
  return [
    `the workflows use actions that are not pinned to a commit (${[...names].join(", ")}): npm run pin, and commit`,
  ];
}

/**
 * Write the commit of its version into each use that has none yet, and the version behind it: `owner/action@commit # v4`.
 * All are looked up before the first file is written.
 *
 * @param {string} root
 * @param {{ host: string }} options - `host`: where the repositories of actions are, a URL that git knows.
 * @returns {(ActionUse & { commit: string })[]} what was pinned.
 * @throws {Error} for a ref that is no version, and a version that the host does not have; nothing is written then.
 */
export function pinActions(root, { host }) {
  /** @type {Map<string, string>} */
  const known = new Map();
  const pinned = unpinnedActions(root).map((one) => {
    const key = `${one.repository}@${one.ref}`;
    const commit = known.get(key) ?? commitOf(host, one);
    known.set(key, commit);
    return { ...one, commit };
  });
  for (const file of new Set(pinned.map((one) => one.file))) {
    const texts = lines(join(root, file));
    for (const { line, ref, commit } of pinned.filter((one) => one.file === file)) {
      const { before } = groups(texts[line - 1] ?? "");
      texts[line - 1] = `${before}${commit} # ${ref}`;
    }
    replace(join(root, file), texts.join("\n"));
  }
  return pinned;
}

/**
 * @param {string} host
 * @param {ActionUse} use
 */
function commitOf(host, { file, line, action, repository, ref }) {
  const where = `${file}:${line}: ${action}@${ref}`;
  if (!VERSION.test(ref)) throw new Error(`${where}: "${ref}" is neither a version nor a whole commit`);
  const url = `${host.replace(/\/$/, "")}/${repository}`;
  // An annotated tag is an object of its own; `^{}` is the commit that it stands for. Some keep a branch "v1" for a tag.
  const names = [`refs/tags/${ref}^{}`, `refs/tags/${ref}`, `refs/heads/${ref}`];
  const found = new Map(remoteRefs(where, url, names).map(([commit, name]) => [name, commit]));
  const commit = names.map((name) => found.get(name)).find((one) => one !== undefined);
  if (commit === undefined || !COMMIT.test(commit)) throw new Error(`${where}: ${url} has no version ${ref}`);
  return commit;
}

/**
 * @param {string} where
 * @param {string} url
 * @param {string[]} names
 */
function remoteRefs(where, url, names) {
  try {
    const stdout = execFileSync("git", ["ls-remote", "--", url, ...names], {
      encoding: "utf8",
      timeout: 60_000,
      stdio: ["ignore", "pipe", "pipe"],
      // For a repository that does not exist, GitHub asks who wants to know.
      env: { ...process.env, GIT_TERMINAL_PROMPT: "0" },
    });
    return stdout.split("\n").map((text) => text.split("\t"));
  } catch (error) {
    const { stderr, message } = /** @type {Error & { stderr?: string }} */ (error);
    throw new Error(`${where}: git cannot ask ${url}: ${(stderr || message).trim()}`, { cause: error });
  }
}

/**
 * Workflows, and actions of the repository itself.
 *
 * @param {string} root
 */
function files(root) {
  return ["workflows", "actions"]
    .map((name) => `.github/${name}`)
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((name) => `${folder}/${name}`))
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => /\.ya?ml$/.test(path))
    .sort();
}

/**
 * @param {string} file
 * @param {number} line
 * @param {string} text
 * @returns {ActionUse[]}
 */
function use(file, line, text) {
  if (!KEY.test(text) || LOCAL.test(text)) return [];
  const { repository, folder, ref } = groups(text);
  if (repository === undefined || ref === undefined) {
    throw new Error(`${file}:${line}: not in the form "uses: owner/repository@version": ${text.trim()}`);
  }
  return [{ file, line, action: `${repository}${folder}`, repository, ref, pinned: COMMIT.test(ref) }];
}

/** @param {string} text */
const groups = (text) => USE.exec(text)?.groups ?? {};

/** @param {string} path */
const lines = (path) => readFileSync(path, "utf8").split("\n");

/**
 * Whole or not at all.
 *
 * @param {string} path
 * @param {string} text
 */
function replace(path, text) {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}
