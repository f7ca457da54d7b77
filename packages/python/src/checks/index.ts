export { readTokens } from "./tokens.ts";
export { findUnreadable } from "./unreadable.ts";
