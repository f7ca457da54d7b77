import type { Token } from "./json-tokens.ts";
import type { Part } from "./layout.ts";

/** Bytes that stand side by side and belong to the same. */
interface Run {
  /** Number of the part. */
  readonly part: number;
  readonly token: Token | undefined;
  readonly hex: string;
  /** A character each; a point for what has none. */
  readonly text: string;
}

export interface HexRow {
  readonly offset: number;
  readonly runs: readonly Run[];
  /** Labels of the parts that begin in the row. */
  readonly labels: readonly string[];
}

/**
 * Bytes in rows, each cut where another part or token begins.
 *
 * @param start - Offset of the first byte.
 * @param width - Bytes of a row.
 * @param tokens - Of each byte that has one.
 */
export function hexRows(
  bytes: Uint8Array,
  start: number,
  width: number,
  parts: readonly Part[],
  tokens: readonly (Token | undefined)[],
): readonly HexRow[] {
  const rows: HexRow[] = [];
  let part = Math.max(
    0,
    parts.findIndex(({ end }) => end > start),
  );
  for (let at = 0; at < bytes.length; at += width) {
    const runs: Run[] = [];
    const labels: string[] = [];
    for (let i = at; i < Math.min(bytes.length, at + width); i++) {
      while (part + 1 < parts.length && parts[part]!.end <= start + i) part++;
      if (parts[part]?.start === start + i) labels.push(parts[part]!.label);
      const last = runs.at(-1);
      const hex = bytes[i]!.toString(16).padStart(2, "0");
      const text = bytes[i]! >= 0x20 && bytes[i]! < 0x7f ? String.fromCharCode(bytes[i]!) : ".";
      if (last !== undefined && last.part === part && last.token === tokens[i]) {
        runs[runs.length - 1] = { ...last, hex: `${last.hex} ${hex}`, text: last.text + text };
      } else runs.push({ part, token: tokens[i], hex, text });
    }
    rows.push({ offset: start + at, runs, labels });
  }
  return rows;
}

/** An offset as it is typed: decimal, or hex with `0x`; undefined if it is none. */
export function parseOffset(text: string): number | undefined {
  const offset = /^\s*(?:\d+|0x[\da-f]+)\s*$/i.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(offset) ? offset : undefined;
}
