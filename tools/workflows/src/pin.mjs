// `npm run pin`: pins the actions of the workflows to the commits that their versions are at now, which it asks GitHub for.
// `npm run pin -- --check` changes nothing, and fails if there are any to pin, as a release does.
import { parseArgs } from "node:util";
import { root } from "../../run/workspace.mjs";
import { actionUses, pinActions, unpinnedActions } from "./actions.mjs";

const HELP = `Usage: npm run pin [-- --host URL]
       npm run pin -- --check
Pin the actions of the workflows to commits: owner/action@v4 becomes owner/action@COMMIT # v4.
  --check     change nothing; fail if an action is not pinned
  --host URL  where the repositories of actions are (https://github.com)
  --root DIR  the repository whose workflows these are (this one)
`;

try {
  const { values } = parseArgs({
    options: {
      check: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
      host: { type: "string", default: "https://github.com" },
      root: { type: "string", default: root },
    },
  });
  if (values.help) process.stdout.write(HELP);
  else if (values.check) check(values.root);
  else pin(values.root, values.host);
} catch (error) {
  process.stderr.write(`pin: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

/** @param {string} folder */
function check(folder) {
  const uses = unpinnedActions(folder);
  for (const { file, line, action, ref } of uses) {
    process.stdout.write(`${file}:${line}: ${action}@${ref} is not pinned to a commit\n`);
  }
  process.stdout.write(`${uses.length} to pin, ${actionUses(folder).length} in all\n`);
  if (uses.length > 0) process.exitCode = 1;
}

/**
 * @param {string} folder
 * @param {string} host
 */
function pin(folder, host) {
  const pinned = pinActions(folder, { host });
  for (const { file, line, action, ref, commit } of pinned) {
    process.stdout.write(`${file}:${line}: ${action}@${commit} # ${ref}\n`);
  }
  process.stdout.write(`${pinned.length} pinned, ${actionUses(folder).length} in all\n`);
}
