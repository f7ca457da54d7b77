// The ways in which YAML 1.1 writes collections, and where each may stand, as PyYAML's grammar has them:
// https://github.com/yaml/pyyaml/blob/6.0.3/lib/yaml/parser.py
import { MAPPING, type NodeKind, SEQUENCE } from "./nodes.ts";
import * as T from "./tokens.ts";

/** What may stand in a place. */
export interface Place {
  /** Collections in block style? */
  readonly block: boolean;
  /** Lists that are not indented? */
  readonly indentless: boolean;
}

export const ROOT: Place = { block: true, indentless: false };
export const IN_BRACKETS: Place = { block: false, indentless: false };

/** How a collection is written; the place is that of its parts. */
export interface Syntax extends Place {
  readonly name: Name;
  readonly kind: NodeKind;
  /** Tokens before which an item, a key or a value is left out. */
  readonly empty: number;
}

type Name = "blockSequence" | "indentlessSequence" | "blockMapping" | "flowSequence" | "flowPair" | "flowMapping";

export const SYNTAX = {
  blockSequence: {
    ...ROOT,
    name: "blockSequence",
    kind: SEQUENCE,
    empty: T.BLOCK_ENTRY | T.BLOCK_END,
  },
  /** A list as a value, its dashes below its key. No token starts or ends it. */
  indentlessSequence: {
    ...ROOT,
    name: "indentlessSequence",
    kind: SEQUENCE,
    empty: T.BLOCK_ENTRY | T.KEY | T.VALUE | T.BLOCK_END,
  },
  blockMapping: {
    block: true,
    indentless: true,
    name: "blockMapping",
    kind: MAPPING,
    empty: T.KEY | T.VALUE | T.BLOCK_END,
  },
  flowSequence: {
    ...IN_BRACKETS,
    name: "flowSequence",
    kind: SEQUENCE,
    empty: T.FLOW_ENTRY | T.FLOW_SEQUENCE_END,
  },
  /** `[key: value]`, without braces of its own. */
  flowPair: {
    ...IN_BRACKETS,
    name: "flowPair",
    kind: MAPPING,
    empty: T.VALUE | T.FLOW_ENTRY | T.FLOW_SEQUENCE_END,
  },
  flowMapping: {
    ...IN_BRACKETS,
    name: "flowMapping",
    kind: MAPPING,
    empty: T.VALUE | T.FLOW_ENTRY | T.FLOW_MAPPING_END,
  },
} as const satisfies Readonly<Record<Name, Syntax>>;

/** What such a token begins in such a place. */
export function syntaxOf(kind: number, { block, indentless }: Place): Syntax | undefined {
  if (kind === T.FLOW_SEQUENCE_START) return SYNTAX.flowSequence;
  if (kind === T.FLOW_MAPPING_START) return SYNTAX.flowMapping;
  if (kind === T.BLOCK_SEQUENCE_START && block) return SYNTAX.blockSequence;
  if (kind === T.BLOCK_MAPPING_START && block) return SYNTAX.blockMapping;
  return kind === T.BLOCK_ENTRY && indentless ? SYNTAX.indentlessSequence : undefined;
}
