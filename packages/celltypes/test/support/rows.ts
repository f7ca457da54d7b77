import { readFileSync } from "node:fs";
import type { Notation } from "./notation.ts";

export interface SerializeRow {
  readonly id: number;
  readonly celltype: string;
  readonly value: Notation;
  readonly bytes?: string;
  readonly checksum?: string;
  readonly error?: true;
}

export interface ParseRow {
  readonly id: number;
  readonly celltype: string;
  readonly bytes: string;
  readonly value?: Notation;
  readonly error?: true;
  /** It parses; the value is left out. */
  readonly deep?: true;
}

/** Reading these needs a verdict on code, of `@seamless/python`. */
const CODE: ReadonlySet<string> = new Set(["python", "ipython"]);
const allParseRows = readVectors<ParseRow>("parse.jsonl");

export const serializeRows = readVectors<SerializeRow>("serialize.jsonl");
export const codeParseRows = allParseRows.filter(({ celltype }) => CODE.has(celltype));
/** Numbers in strings, long integers, null. */
export const integerRows = readVectors<ParseRow>("integers.jsonl");
/** NumPy's long doubles, whose bytes are kept as they are. */
export const longDoubleRows = readVectors<ParseRow>("longdouble.jsonl");
export const parseRows = allParseRows.filter(({ celltype }) => !CODE.has(celltype));

/** The rows of one vector file. */
export function readVectors<Row>(name: string): Row[] {
  const text = readFileSync(new URL(`../vectors/${name}`, import.meta.url), "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Row);
}

/** Rows by celltype, in the order of their first. */
export function byCelltype<Row extends { readonly celltype: string }>(rows: readonly Row[]): [string, Row[]][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(row.celltype, [...(groups.get(row.celltype) ?? []), row]);
  return [...groups];
}
