/** Largest block of bytes as they are (RFC 1951, section 3.2.4). */
const BLOCK = 0xffff;

/** A gzip file of bytes as they are (RFC 1952): no compressor is needed, and every decoder reads it. */
export function gzipStored(bytes: Uint8Array): Uint8Array {
  const blocks = Math.max(1, Math.ceil(bytes.byteLength / BLOCK));
  const file = new Uint8Array(10 + 5 * blocks + bytes.byteLength + 8);
  const view = new DataView(file.buffer);
  file.set([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  let at = 10;
  for (let i = 0; i < blocks; i++) {
    const block = bytes.subarray(i * BLOCK, (i + 1) * BLOCK);
    view.setUint8(at, i === blocks - 1 ? 1 : 0);
    view.setUint16(at + 1, block.byteLength, true);
    view.setUint16(at + 3, ~block.byteLength & 0xffff, true);
    file.set(block, at + 5);
    at += 5 + block.byteLength;
  }
  view.setUint32(at, crc32(bytes), true);
  view.setUint32(at + 4, bytes.byteLength, true);
  return file;
}

/** What each byte adds to a checksum (RFC 1952, section 8). */
const CRCS = /* @__PURE__ */ Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  return crc;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ CRCS[(crc ^ byte) & 0xff]!;
  return ~crc >>> 0;
}
