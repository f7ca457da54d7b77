// Encoded bodies: a few bytes that say that they are many.
import { gzipSync } from "node:zlib";
import { fill, join, littleEndian, noise, repeat, shapes } from "../make.mjs";

/** Bytes in one block that repeats one byte. */
const BLOCK = 1 << 17;

/**
 * A frame of zstd, written by hand (RFC 8878): blocks that say "this byte, 128 KiB of them" in four bytes.
 *
 * @param {number} count - Of blocks.
 */
function bomb(count) {
  const block = join(littleEndian((BLOCK << 3) | 2, 3), Uint8Array.of(97));
  const bytes = join(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38), again(block)(count * block.length));
  // The last one says so in its first bit.
  bytes[bytes.length - block.length] = 3;
  return bytes;
}

/** As many as there is room for. @param {Uint8Array} part @returns {(size: number) => Uint8Array} */
function again(part) {
  return (size) => {
    const count = Math.max(1, Math.floor(size / part.length));
    return Uint8Array.from({ length: count * part.length }, (_, i) => part[i % part.length] ?? 0);
  };
}

/** What becomes about the size when it is packed. @param {number} ratio @returns {(size: number) => Uint8Array} */
const packed = (ratio) => (size) => new Uint8Array(gzipSync(fill(0)(size * ratio), { level: 9 })).slice(0, size);

export const encoded = [
  ...shapes("encoded", ["put gzip", "put gzip twice"], {
    "gzip-of-zeros": packed(950),
    "gzip-of-gzip-of-zeros": (size) => new Uint8Array(gzipSync(packed(400)(size))),
    "gzip-of-noise": (size) => new Uint8Array(gzipSync(noise(size - 500))),
    "gzip-members-of-nothing": again(new Uint8Array(gzipSync(""))),
    "gzip-members-of-zeros": again(new Uint8Array(gzipSync(fill(0)(1 << 20), { level: 9 }))),
    "gzip-with-a-long-name": (size) => join(Uint8Array.of(0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3), fill(97)(size - 10)),
    "gzip-cut-short": (size) => new Uint8Array(gzipSync(noise(2 * size))).slice(0, size),
    "gzip-with-zeros-after": (size) => join(new Uint8Array(gzipSync("")), fill(0)(size - 20)),
    "gzip-of-empty-blocks": (size) =>
      join(Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3), again(Uint8Array.of(0, 0, 0, 0xff, 0xff))(size - 10)),
  }),
  ...shapes("encoded", ["put zstd"], {
    "zstd-blocks-of-one-byte": (size) => bomb(Math.floor((size - 6) / 4)),
    "zstd-frames-of-one-block": again(bomb(1)),
    "zstd-frames-of-nothing": again(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 0, 1, 0, 0)),
    "zstd-empty-blocks": (size) =>
      join(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0x38), again(Uint8Array.of(0, 0, 0))(size - 6)),
    "zstd-frames-to-skip": again(Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0)),
    "zstd-one-frame-to-skip": (size) =>
      join(Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 0xff, 0xff, 0xff, 0xff), fill(0)(size - 8)),
    "zstd-of-a-huge-window": (size) =>
      join(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0xff), again(Uint8Array.of(0x0a, 0, 0, 1))(size - 6)),
    "zstd-of-a-huge-length": (size) =>
      join(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0xc0, 0x38), fill(255)(8), bomb(Math.floor((size - 24) / 4)).slice(6)),
    "zstd-noise": (size) => join(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd), noise(size - 4)),
  }),
  ...shapes("encoded", ["put gzip", "put zstd"], {
    text: repeat("not encoded "),
  }),
];
