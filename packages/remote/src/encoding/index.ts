export { type Coding, parseCodings } from "./coding.ts";
export { ALWAYS_ALLOWED, type DecodeOptions, decode, FOREIGN_LIMITS, limited } from "./decode.ts";
