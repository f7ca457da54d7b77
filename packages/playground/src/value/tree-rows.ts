import type { TreeNode } from "./nodes.ts";

/** A line of a tree, in the order in which they stand one below the other. */
export interface NodeRow {
  readonly node: TreeNode;
  /** 1 at the top. */
  readonly level: number;
  /** Among the parts of what is above it, from 1 on. */
  readonly position: number;
  readonly setSize: number;
  readonly isOpen: boolean;
}

/** A line in place of parts that are not shown yet. */
interface MoreRow {
  /** Whose parts they are. */
  readonly of: number;
  readonly level: number;
  /** Number of the first one that is not shown. */
  readonly start: number;
  readonly setSize: number;
}

export type Row = NodeRow | MoreRow;

/** Parts of a container that are shown at a time. */
export const PAGE = 100;

export function topRow(node: TreeNode): NodeRow {
  return { node, level: 1, position: 1, setSize: 1, isOpen: false };
}

export function canOpen(row: Row): row is NodeRow {
  return "node" in row && row.node.size > 0;
}

/** The rows, with the first parts of one of them below it. */
export function opened(rows: readonly Row[], at: number, parts: readonly TreeNode[]): readonly Row[] {
  const row = rows[at] as NodeRow;
  const level = row.level + 1;
  return [
    ...rows.slice(0, at),
    { ...row, isOpen: true },
    ...partRows(parts, row.node.id, level, 0, row.node.size),
    ...rows.slice(at + 1),
  ];
}

/** The rows, with more parts in the place of the row that stands for them. */
export function extended(rows: readonly Row[], at: number, parts: readonly TreeNode[]): readonly Row[] {
  const { of, level, start, setSize } = rows[at] as MoreRow;
  return [...rows.slice(0, at), ...partRows(parts, of, level, start, setSize), ...rows.slice(at + 1)];
}

function partRows(parts: readonly TreeNode[], of: number, level: number, start: number, setSize: number): Row[] {
  const rows: Row[] = parts.map((node, i) => ({ node, level, position: start + i + 1, setSize, isOpen: false }));
  const next = start + parts.length;
  if (next < setSize) rows.push({ of, level, start: next, setSize });
  return rows;
}

/** The rows without what is below one of them. */
export function closed(rows: readonly Row[], at: number): readonly Row[] {
  const row = rows[at] as NodeRow;
  let end = at + 1;
  while (end < rows.length && rows[end]!.level > row.level) end++;
  return [...rows.slice(0, at), { ...row, isOpen: false }, ...rows.slice(end)];
}

/** Where the row is that a row is below of; its own place at the top. */
export function parentOf(rows: readonly Row[], at: number): number {
  const { level } = rows[at]!;
  for (let above = at - 1; above >= 0; above--) if (rows[above]!.level < level) return above;
  return at;
}
