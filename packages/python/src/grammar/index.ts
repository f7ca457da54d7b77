export type { Fault } from "./fault.ts";
export { findFault } from "./find-fault.ts";
export { linesOf } from "./position.ts";
