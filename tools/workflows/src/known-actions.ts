/**
 * The actions that are trusted here, and those of their inputs that are of use: each from its `action.yml`, at the version
 * that the workflows name.
 */
export const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  "actions/checkout": ["fetch-depth", "persist-credentials"],
  "actions/setup-node": ["cache", "node-version", "node-version-file", "package-manager-cache"],
  "actions/upload-artifact": ["if-no-files-found", "name", "path", "retention-days"],
  "changesets/action": ["commit", "publish", "title", "version"],
  "github/codeql-action/analyze": ["category"],
  "github/codeql-action/init": ["build-mode", "languages", "queries"],
  "pnpm/action-setup": [],
};

/** Inputs that are commands, which the action runs itself, without a shell. */
export const COMMAND_INPUTS: Readonly<Record<string, readonly string[]>> = {
  "changesets/action": ["version", "publish"],
};
