import { repr } from "../text/repr.ts";
import { splitAtSpace } from "../text/spaces.ts";

/** `%name args`, without its `%`. */
export function magicCall(content: string): string {
  const [name, args] = splitAtSpace(content);
  return `get_ipython().run_line_magic(${repr(name)}, ${repr(args)})`;
}

export const systemCall = (command: string): string => `get_ipython().system(${repr(command)})`;

export const outputCall = (command: string): string => `get_ipython().getoutput(${repr(command)})`;

/** Help on a target; `detailed` is what `??` asks for. */
export function helpCall(target: string, detailed: boolean): string {
  const magic = detailed ? "pinfo2" : target.includes("*") ? "psearch" : "pinfo";
  return `get_ipython().run_line_magic(${repr(magic)}, ${repr(target)})`;
}

export const usageCall = "get_ipython().show_usage()";
