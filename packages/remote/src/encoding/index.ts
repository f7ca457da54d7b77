export { type Coding, parseCodings } from "./coding.ts";
export { type DecodeOptions, decode, limited } from "./decode.ts";
