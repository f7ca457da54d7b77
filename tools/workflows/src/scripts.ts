import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What npm and pnpm do by themselves, without a script of that name. */
const OWN_COMMANDS = ["exec", "install"];

/**
 * What a called command needs and does not find: the script of package.json, and the file that this runs with Node.
 *
 * @param root - The top of the repository.
 * @param call - As one types it.
 * @returns `undefined` if all is there.
 */
export function missingFor(root: string, call: string): string | undefined {
  const words = call.split(" ").filter((word) => !word.startsWith("-"));
  const [program, first = "", second = ""] = words[0] === "npx" ? words.slice(1) : words;
  if (program !== "npm" && program !== "pnpm") return undefined;
  const name = first === "run" ? second : first;
  if (OWN_COMMANDS.includes(name)) return undefined;
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  if (scripts[name] === undefined) return `"${call}": package.json has no script "${name}"`;
  const file = /(?:^|&& )node (\S+)/.exec(scripts[name])?.[1];
  if (file === undefined || existsSync(join(root, file))) return undefined;
  return `"${call}": there is no file ${file}`;
}
