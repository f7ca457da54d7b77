import { littleEndian } from "@seamless/internal/bytes";
import type { Coding } from "./decoders/node.ts";
import { LENGTH_SUFFIX } from "./forms.ts";

/** Largest size of a recorded length, in bytes: digits and some white space. */
export const MAX_RECORD = 32;

/** The length in a file of digits; `undefined` for any other content. */
export function parseRecord(bytes: Uint8Array): number | undefined {
  if (bytes.byteLength > MAX_RECORD) return undefined;
  const text = new TextDecoder("latin1").decode(bytes).trim();
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
}

/** A compressed file of which parts can be read. */
export interface Parts {
  /** In bytes. */
  readonly size: number;
  /** Some bytes from a position on; fewer at the end. */
  read(position: number, length: number): Promise<Uint8Array>;
}

/** The decoded length that a compressed file states itself, in bytes; `undefined` if it states none. */
export function statedLength(coding: Coding, file: Parts): Promise<number | undefined> {
  return STATED[coding](file);
}

const STATED: Readonly<Record<Coding, (file: Parts) => Promise<number | undefined>>> = {
  /** The last four bytes (RFC 1952, section 2.3.1): of the last member, and only the low 32 bits. */
  async gzip(file) {
    return file.size < 18 ? undefined : littleEndian(await file.read(file.size - 4, 4));
  },
  /** In the header of the first frame, mostly (RFC 8878, section 3.1.1.1). */
  async zstd(file) {
    const header = await file.read(0, Math.min(file.size, 18));
    if (header.byteLength < 6 || littleEndian(header.subarray(0, 4)) !== 0xfd2fb528) return undefined;
    const descriptor = header[4]!;
    const single = (descriptor >> 5) & 1;
    const bytes = [single, 2, 4, 8][descriptor >> 6]!;
    if (bytes === 0) return undefined;
    const start = 6 - single + [0, 1, 2, 4][descriptor & 3]!;
    // Two bytes count from 256 on.
    return littleEndian(header.subarray(start, start + bytes)) + (bytes === 2 ? 256 : 0);
  },
};

/** Limits of the decoded size of a compressed form, unless its length is recorded beside it. */
export interface DecodeLimits {
  /** In bytes. */
  readonly limit: number;
  /** As a multiple of the size of the file. */
  readonly ratio: number;
}

/**
 * The recorded length is the limit if the file states the same one itself. If the file states none, the record can only raise
 * the limit: a wrong record must not make a correct buffer unreadable.
 */
export function allowedLength(
  limits: DecodeLimits,
  recorded: number | undefined,
  stated: number | undefined,
): Partial<DecodeLimits> & { readonly limit: number; readonly limitedBy: string } {
  const foreign = { ...limits, limitedBy: "maxDecodedBytes" };
  if (recorded === undefined || (stated !== undefined && stated !== recorded)) return foreign;
  if (stated === recorded || recorded > limits.limit) return { limit: recorded, limitedBy: `as ${LENGTH_SUFFIX} says` };
  return foreign;
}
