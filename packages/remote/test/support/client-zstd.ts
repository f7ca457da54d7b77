/** Some text. */
export const TEXT = new TextEncoder().encode(
  Array.from({ length: 60 }, (_, i) => `Line ${i} of a text that zstd makes shorter; its square is ${i * i}.\n`).join(
    "",
  ),
);

/** The same, by the command `zstd -19 --check` (1.5.4) from standard input: with everything that the format has. */
export const TEXT_ZSTD = Buffer.from(
  "KLUv/QRoPQoA9hQzGJArHauNRKt9eQHZe6C495YypaSgfNcGIDoAJgAmACRKP5R+zme145NfEhAooyBM4iA8GopRFoQROJLFwTgoRkkSBIUpLErELITD" +
    "YhZIshiCMTBMmWSBGASnd+5qPesde1PNPXrLn616lefE14gJ9fCsR2uNl3imo/mzZMliBbWfE/90RN/cYX/kj3Vj8olsHpfGpZm8i3ax5iW6KpV5lHp0" +
    "UFNPgADRnexno9fHzvSZtWx2TL2lQrWd1lhXWpW1jPWmv1xU7fmRvVsrdqgRkKTP+38GsDOSwgESSBAgFgAF///7Bx9e8XDOoSEfjfz16+g9bj7118HD" +
    "/jN/8z4TTx+Z1lNWvm927Yyr3+ecPFMMniy/B6Lt8YbT2rvZltu0udm2y5K727TZsptV0UGblu1AbOP2zZ47Xz/te7s7E9b1AFsFvHSeTw==",
  "base64",
);

// The plainest of frames (RFC 8878, section 3.1.1): a window of 128 KiB, no length, no checksum.
const HEADER = [0x28, 0xb5, 0x2f, 0xfd, 0, 0x38];
const BLOCK = 131_072;
const [RAW, REPEATED] = [0, 1];

const block = (type: number, length: number, last: boolean) => {
  const header = Number(last) | (type << 1) | (length << 3);
  return [header & 255, (header >> 8) & 255, header >> 16];
};

/** Bytes as they are, in a zstd frame. */
export function zstdStored(bytes: Uint8Array): Buffer {
  const chunks: Uint8Array[] = [Uint8Array.from(HEADER)];
  for (let at = 0; at === 0 || at < bytes.byteLength; at += BLOCK) {
    const chunk = bytes.subarray(at, at + BLOCK);
    chunks.push(Uint8Array.from(block(RAW, chunk.byteLength, at + BLOCK >= bytes.byteLength)), chunk);
  }
  return Buffer.concat(chunks);
}

/** That many times 128 KiB of zeros, in four bytes each. */
export function zstdZeros(blocks: number): Buffer {
  const all = Array.from({ length: blocks }, (_, i) => [...block(REPEATED, BLOCK, i === blocks - 1), 0]);
  return Buffer.from([...HEADER, ...all.flat()]);
}

/** A frame that wants two terabytes of memory for its window. */
export const GREEDY_ZSTD = Buffer.from([...HEADER.slice(0, 5), 0xf8, ...block(RAW, 1, true), 0]);
