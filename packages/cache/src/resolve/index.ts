export { platformTimers, type Timers } from "./ask.ts";
export type { CachePort, Recipe } from "./port.ts";
export { Resolver, type ResolverOptions } from "./resolver.ts";
export { trivialBuffer } from "./trivial.ts";
