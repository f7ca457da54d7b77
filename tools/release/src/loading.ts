import { type Entry, execute } from "@seamless-tools/packages";

/** Loads each entry once in each way; prints a line for each that cannot be loaded. */
const LOAD_ALL = `
import { createRequire } from "node:module";
const require = createRequire(process.cwd() + "/project.js");
for (const { specifier, effectsOnly } of JSON.parse(process.argv[1])) {
  for (const [how, load] of [["imported", (name) => import(name)], ["required", async (name) => require(name)]]) {
    const names = await load(specifier).then(Object.keys, (error) => error);
    if (names instanceof Error) {
      console.log(\`\${specifier} cannot be \${how}: \${String(names.message).split("\\n")[0]}\`);
    } else if (names.length === 0 && !effectsOnly) {
      console.log(\`\${specifier}, \${how}, exports nothing\`);
    }
  }
}
`;

/**
 * What is wrong with the entries of packages that are installed in a project, to `import()` and to `require()`.
 *
 * @param project - Its folder.
 * @returns sentences.
 */
export async function entryFaults(project: string, entries: readonly Entry[]): Promise<readonly string[]> {
  const args = ["--input-type=module", "--eval", LOAD_ALL, JSON.stringify(entries)];
  const printed = await execute(process.execPath, args, project);
  return printed.split("\n").filter((line) => line !== "");
}
