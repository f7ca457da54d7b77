import { bundlers } from "./bundlers.ts";
import { loaders } from "./loaders.ts";
import { managers } from "./managers.ts";
import { frameworks } from "./next.ts";
import type { Group } from "./row.ts";
import { runtimes } from "./runtimes.ts";
import { compilers } from "./typescript.ts";

/** The whole matrix, in the order of the page. */
export const groups: readonly Group[] = [runtimes, managers, loaders, compilers, bundlers, frameworks];
