import { littleEndian } from "@seamless/internal/bytes";
import type { Coding } from "@seamless/store";
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
const STATED: Readonly<Record<Coding, (file: Parts) => Promise<number | undefined>>> = {
  /** The last four bytes, of the last member. */
  async gzip(file) {
    return file.size < 18 ? undefined : littleEndian(await file.read(file.size - 4, 4));
  },
  /** In the header of the first frame, mostly. */
  async zstd(file) {
    return (await zstdHeader(file))?.length;
  },
};

/** Of the longest header of a frame, in bytes. */
export const LONGEST_HEADER = 18;

/** What the header of the first frame says (RFC 8878, section 3.1.1.1), in bytes. One segment has no window. */
async function zstdHeader(
  file: Parts,
): Promise<{ readonly window: number | undefined; readonly length: number | undefined } | undefined> {
  const header = await file.read(0, Math.min(file.size, LONGEST_HEADER));
  if (header.byteLength < 6 || littleEndian(header.subarray(0, 4)) !== 0xfd2fb528) return undefined;
  const descriptor = header[4]!;
  const single = (descriptor >> 5) & 1;
  const [exponent, mantissa] = [header[5]! >> 3, header[5]! & 7];
  const window = single === 1 ? undefined : 2 ** (10 + exponent) * (1 + mantissa / 8);
  const bytes = [single, 2, 4, 8][descriptor >> 6]!;
  if (bytes === 0) return { window, length: undefined };
  const start = 6 - single + [0, 1, 2, 4][descriptor & 3]!;
  // Two bytes count from 256 on.
  const length = littleEndian(header.subarray(start, start + bytes)) + (bytes === 2 ? 256 : 0);
  return { window, length };
}

/** Limits of the decoded size of a compressed form, unless its length is recorded beside it. */
export interface DecodeLimits {
  /** In bytes. */
  readonly limit: number;
  /** As a multiple of the size of the file. */
  readonly ratio: number;
}

/** What deflate can make of a byte, at most, in bytes: a length that is larger is none of gzip. */
const MAX_DEFLATED = 1032;

/** Is this the stated length? That of gzip is the low 32 bits (RFC 1952, section 2.3.1). */
const AGREES: Readonly<Record<Coding, (stated: number, recorded: number, size: number) => boolean>> = {
  gzip: (stated, recorded, size) => stated === recorded % 2 ** 32 && recorded <= MAX_DEFLATED * size,
  zstd: (stated, recorded) => stated === recorded,
};

/** Does a compressed file state the length itself that is recorded beside it? `undefined` if it states none. */
export async function confirmsLength(coding: Coding, file: Parts, recorded: number): Promise<boolean | undefined> {
  const stated = await STATED[coding](file);
  return stated === undefined ? undefined : AGREES[coding](stated, recorded, file.size);
}

/**
 * What a compressed file may become: the recorded length, if the file states the same one itself. If the file states none, the
 * record can only raise the limits: a wrong record must not make a correct buffer unreadable.
 */
export async function allowedLength(
  coding: Coding,
  file: Parts,
  limits: DecodeLimits,
  recorded: number | undefined,
): Promise<{ readonly limit: number; readonly limitedBy: string; readonly ratio?: number }> {
  const foreign = { ...limits, limitedBy: "maxDecodedBytes" };
  if (recorded === undefined) return foreign;
  const confirmed = await confirmsLength(coding, file, recorded);
  if (confirmed === false) return foreign;
  if (confirmed === true || recorded > limits.limit) return { limit: recorded, limitedBy: `as ${LENGTH_SUFFIX} says` };
  return { ...foreign, ratio: Math.max(limits.ratio, Math.ceil(recorded / Math.max(1, file.size))) };
}

/** Largest window that all decoders of zstd must have memory for where it is a content coding (RFC 9659), in bytes. */
const MAX_WINDOW = 2 ** 23;

/** May these encoded bytes be sent as they are to any client that accepts the coding? */
export async function isSendable(coding: Coding, file: Parts): Promise<boolean> {
  if (coding !== "zstd") return true;
  const header = await zstdHeader(file);
  return header !== undefined && (header.window ?? header.length ?? Number.POSITIVE_INFINITY) <= MAX_WINDOW;
}
