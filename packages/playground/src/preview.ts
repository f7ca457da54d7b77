/** In characters of text. */
const MOST_CHARACTERS = 2_000;
/** Of hex. */
const MOST_LINES = 16;

/** The beginning of a buffer, to be looked at: as text or, where it is none, as lines of hex. */
export function previewOf(bytes: Uint8Array): string {
  // A character takes four bytes at most; one that is cut off at the end is no reason to show hex.
  const isPart = bytes.length > 4 * MOST_CHARACTERS;
  const first = isPart ? bytes.subarray(0, 4 * MOST_CHARACTERS) : bytes;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(first, { stream: isPart });
    if (!/[\0-\x08\x0e-\x1f]/.test(text)) {
      return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
    }
  } catch {
    // No text: shown as hex.
  }
  return hexLines(bytes);
}

/** Sixteen bytes a line, as hex and as text. */
function hexLines(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let offset = 0; offset < bytes.length && lines.length < MOST_LINES; offset += 16) {
    const row = [...bytes.subarray(offset, offset + 16)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const text = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("");
    lines.push(`${offset.toString(16).padStart(4, "0")}  ${hex.padEnd(47)}  ${text}`);
  }
  if (bytes.length > 16 * MOST_LINES) lines.push("…");
  return lines.join("\n");
}
