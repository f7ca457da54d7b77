export { type Coding, parseCodings } from "./coding.ts";
export { ALWAYS_ALLOWED, DECODED, decode, FOREIGN_LIMITS, limited, tooLarge } from "./decode.ts";
