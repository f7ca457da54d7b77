/**
 * The actions that are trusted here, each at one major, and those of its inputs that are of use, from its `action.yml`:
 * another major may take others.
 */
export const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  "actions/checkout@v7": ["fetch-depth", "persist-credentials"],
  "actions/setup-node@v7": ["cache", "node-version", "node-version-file", "package-manager-cache"],
  "actions/upload-artifact@v7": ["if-no-files-found", "name", "path", "retention-days"],
  "changesets/action@v1": ["commit", "publish", "title", "version"],
  "github/codeql-action/analyze@v4": ["category"],
  "github/codeql-action/init@v4": ["build-mode", "languages", "queries"],
  "pnpm/action-setup@v6": [],
};

/** Inputs that are commands, which the action runs itself, without a shell. */
export const COMMAND_INPUTS: Readonly<Record<string, readonly string[]>> = {
  "changesets/action@v1": ["version", "publish"],
};

/** The key of an action in these tables: what comes before `@`, and the major of what comes after. */
export function keyOf(uses: string): string {
  const [action = "", ref = ""] = uses.split("@");
  return `${action}@${/^v\d+/.exec(ref)?.[0] ?? ref}`;
}
