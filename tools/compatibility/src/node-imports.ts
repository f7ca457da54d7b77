import { builtinModules } from "node:module";

// Longer names first, for `fs/promises` not to be found as `fs`.
const NAMES = [...builtinModules].sort((a, b) => b.length - a.length).join("|");
const IMPORT = new RegExp(`\\b(?:from|import|require)\\s*\\(?\\s*["'\`](?:node:[\\w/]+|${NAMES})["'\`]`, "g");

/** Where a bundle imports or requires modules of Node's, with `node:` or without. */
export function nodeImports(code: string): readonly string[] {
  return code.match(IMPORT) ?? [];
}
