export { type CloseLimit, type CloseOptions, closeLimit } from "./close-limit.ts";
export type { BackoffOptions, WriterOptions } from "./options.ts";
export type { WriterCache } from "./ports.ts";
export type { WriterStats } from "./stats.ts";
export { BackgroundWriter } from "./writer.ts";
