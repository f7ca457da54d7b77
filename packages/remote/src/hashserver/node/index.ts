export type { ServerLimits } from "./limits.ts";
export { nodeListener } from "./listener.ts";
export { createHashserver, type Hashserver, type HashserverOptions, type ListenOptions } from "./server.ts";
