export type { CachePort, Recipe } from "./port.ts";
export { Resolver, type ResolverOptions } from "./resolver.ts";
export { trivialBuffer } from "./trivial.ts";
