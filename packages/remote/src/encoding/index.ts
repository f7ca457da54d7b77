export { type Coding, parseCodings } from "./coding.ts";
export { type DecodeOptions, decode, FOREIGN_LIMITS, limited } from "./decode.ts";
