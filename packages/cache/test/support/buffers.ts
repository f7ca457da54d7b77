import { type BufferLike, Checksum } from "@seamless/checksum";

/** A buffer of any length, whose checksum need not be computed from its bytes. */
export interface FakeBuffer extends BufferLike {
  readonly checksum: Checksum;
  readonly length: number;
}

/** The same name gives the same checksum, and each call another object. */
export function fakeBuffer(name: string, length: number): FakeBuffer {
  const checksum = checksumOf(name);
  return { content: new Uint8Array(length), length, checksum, getChecksum: () => checksum };
}

export const checksumOf = (name: string) => Checksum.of(new TextEncoder().encode(name));
