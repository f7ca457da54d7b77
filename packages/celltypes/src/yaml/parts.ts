import type { Document } from "./compose.ts";
import { MAPPING, type Node, SCALAR, SEQUENCE } from "./nodes.ts";

/** A part of a YAML text before it becomes a value, for readers that are stricter than YAML and say where something is wrong. */
export interface YamlPart {
  readonly kind: "scalar" | "sequence" | "mapping";
  /** Given, or that of the form of the scalar: `tag:yaml.org,2002:int`. */
  readonly tag: string;
  /** Where it starts, behind a tag or an anchor, as an index into the text. */
  readonly index: number;
  /** What a scalar reads, without quotes and escapes; empty for others. */
  readonly text: string;
  /** The items of a sequence; of a mapping keys and values by turns, also keys that come twice. Aliases are the same part again. */
  readonly parts: readonly YamlPart[];
}

const KINDS = { [SCALAR]: "scalar", [SEQUENCE]: "sequence", [MAPPING]: "mapping" } as const;

/** The parts of a document, each made once: a part may contain itself. */
export function partsOf({ nodes, root }: Document): YamlPart {
  const made = new Map<Node, YamlPart>();
  const partOf = (node: Node): YamlPart => {
    const known = made.get(node);
    if (known !== undefined) return known;
    const kind = KINDS[nodes.kind(node)];
    const parts: YamlPart[] = [];
    const text = kind === "scalar" ? nodes.text(node) : "";
    const part = { kind, tag: nodes.tagName(node), index: nodes.at(node), text, parts };
    made.set(node, part);
    // As deep as a text may be nested.
    if (kind !== "scalar") for (let i = 0; i < nodes.size(node); i++) parts.push(partOf(nodes.child(node, i)));
    return part;
  };
  return partOf(root);
}
