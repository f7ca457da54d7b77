export type { BackoffOptions } from "./backoff.ts";
export { type CloseLimit, type CloseOptions, closeLimit } from "./close-limit.ts";
export type { WriterOptions } from "./options.ts";
export type { WriterCache } from "./ports.ts";
export type { WriterStats } from "./stats.ts";
export { BackgroundWriter } from "./writer.ts";
