import { readMixed } from "../mixed/read.ts";
import { writeMixed } from "../mixed/write.ts";
import type { Parser, Serializer } from "./codec.ts";

/** `mixed`: JSON as Python writes it, `.npy`, or both in one. */
export const serializeMixed: Serializer = (value, { maxBytes }) => writeMixed(value, maxBytes);

/** Arrays lie on the memory of the buffer. */
export const parseMixed: Parser = (bytes, options) => readMixed(bytes, options);
