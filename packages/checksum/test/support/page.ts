import type { webcrypto } from "node:crypto";
import { Checksum, createSha256, hashInSlices, proveInSlices } from "@seamless/checksum";

/** What one buffer's hashing came to, in hex, and how often WebCrypto was asked on the way. */
export interface Hashed {
  readonly length: number;
  readonly hex: readonly string[];
  readonly asked: number;
}

/** Runs in a page: hash buffers of some lengths in all ways. */
export async function hashAll(lengths: readonly number[]): Promise<readonly Hashed[]> {
  const all: Hashed[] = [];
  for (const length of lengths) all.push(await hashOne(new Uint8Array(length).fill(1)));
  return all;
}

/** Runs in a page: hash memory that may yet grow, which WebCrypto refuses. */
export async function hashResizable(length: number): Promise<Hashed> {
  const Resizable = ArrayBuffer as unknown as new (length: number, options: { maxByteLength: number }) => ArrayBuffer;
  return hashOne(new Uint8Array(new Resizable(length, { maxByteLength: 2 * length })).fill(1));
}

/** Runs in a page. */
export function isSecure(): boolean {
  const { isSecureContext } = globalThis as unknown as { readonly isSecureContext: boolean };
  return isSecureContext && globalThis.crypto.subtle !== undefined;
}

async function hashOne(bytes: Uint8Array): Promise<Hashed> {
  let asked = 0;
  const subtle = globalThis.crypto.subtle as webcrypto.SubtleCrypto | undefined;
  const digest = subtle?.digest.bind(subtle);
  if (subtle !== undefined && digest !== undefined) {
    subtle.digest = (...given: Parameters<webcrypto.SubtleCrypto["digest"]>) => {
      asked++;
      return digest(...given);
    };
  }
  try {
    const { checksum } = await proveInSlices(bytes);
    const streamed = new Checksum(createSha256().update(bytes).digest());
    const hex = [await hashInSlices(bytes), checksum, Checksum.of(bytes), streamed].map((each) => each.hex());
    return { length: bytes.byteLength, hex, asked };
  } finally {
    if (subtle !== undefined && digest !== undefined) subtle.digest = digest;
  }
}
