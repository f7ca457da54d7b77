import type { Coding } from "../coding.ts";

/** Decodes pieces as they come, in constant memory. Throws what the source throws, and errors of its own. */
export type Decoder = (source: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

/** What differs between Node and browsers; `#decoders` in package.json chooses by export condition. */
export type Decoders = Readonly<Record<Coding, Decoder>>;
