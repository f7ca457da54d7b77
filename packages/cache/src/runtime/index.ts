export { installRuntime } from "@seamless/checksum";
export type { RuntimeOptions } from "./options.ts";
export { CacheRuntime, createRuntime, type RuntimeStats } from "./runtime.ts";
