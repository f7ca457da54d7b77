import { EVENT_ID, type Event, parseEvents, SCALAR_STYLE, YAMLException } from "js-yaml";
import { tooLarge } from "../errors.ts";
import { shorten, YamlFault } from "./fault.ts";
import type { Guarded, Piece } from "./guard.ts";
import { resolvePlain } from "./resolve.ts";
import { CORE } from "./tags.ts";

/** Collections in collections. PyYAML, under Python's default limit of recursion, gives up a little above this. */
export const MAX_DEPTH = 490;

interface Common {
  /** Full name. */
  tag: string;
  /** Where it starts, in UTF-16 units. */
  readonly at: number;
}
export interface ScalarNode extends Common {
  readonly kind: "scalar";
  readonly value: string;
  readonly surrogates: boolean;
}
export interface SequenceNode extends Common {
  readonly kind: "sequence";
  readonly items: Node[];
}
export interface MappingNode extends Common {
  readonly kind: "mapping";
  pairs: [key: Node, value: Node][];
}
/** A part of a document, before its tag makes a value of it. Aliases are the same node again. */
export type Node = ScalarNode | SequenceNode | MappingNode;

/**
 * The one document of a text, `undefined` if it is empty.
 *
 * @throws {YamlFault}
 */
export function composeNodes(guarded: Guarded): Node | undefined {
  const composer = new Composer(guarded);
  for (const event of events(guarded.masked)) composer.add(event);
  return composer.finish();
}

function events(masked: string): Event[] {
  try {
    // Each level of nesting takes at most one of its own; the exact limit is checked below.
    return parseEvents(masked, { maxDepth: MAX_DEPTH + 10 });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    if (error.reason.startsWith("nesting exceeded")) throw tooDeep();
    throw new YamlFault(error.reason, error.mark?.position ?? 0);
  }
}

function tooDeep(): Error {
  return tooLarge("YAML nested too deep", `${MAX_DEPTH} levels`);
}

/** js-yaml and the guard see different structures. */
const PUZZLE = "the structure is not clear here";

type Properties = Extract<Event, { tagStart: number }>;

/** Puts the guard's pieces into the places that js-yaml's events say. */
class Composer {
  readonly #pieces: Guarded["pieces"];
  readonly #masked: string;
  readonly #anchors = new Map<string, Node>();
  readonly #open: (SequenceNode | MappingNode)[] = [];
  #key: Node | undefined;
  readonly #keys: (Node | undefined)[] = [];
  #root: Node | undefined;
  #used = 0;
  #last = 0;

  constructor({ masked, pieces }: Guarded) {
    this.#pieces = pieces;
    this.#masked = masked;
  }

  add(event: Event): void {
    if (event.type === EVENT_ID.SCALAR) this.#place(this.#scalar(event));
    else if (event.type === EVENT_ID.SEQUENCE) {
      this.#begin({ kind: "sequence", tag: `${CORE}seq`, at: event.start, items: [] }, event);
    } else if (event.type === EVENT_ID.MAPPING) {
      this.#begin({ kind: "mapping", tag: `${CORE}map`, at: event.start, pairs: [] }, event);
    } else if (event.type === EVENT_ID.POP && this.#open.pop() !== undefined) {
      // The document ends with a POP too, when nothing is open.
      this.#key = this.#keys.pop();
    }
  }

  finish(): Node | undefined {
    // If js-yaml took a part of the structure for text, it saw other scalars than the guard.
    if (this.#used !== this.#pieces.size) throw new YamlFault(PUZZLE, this.#last);
    return this.#root;
  }

  #begin(node: SequenceNode | MappingNode, event: Properties): void {
    const explicit = this.#properties(node, event);
    if (explicit !== undefined && explicit !== "!") node.tag = explicit;
    this.#place(node);
    this.#keys.push(this.#key);
    this.#key = undefined;
    this.#open.push(node);
    if (this.#open.length > MAX_DEPTH) throw tooDeep();
  }

  #scalar(event: Extract<Event, { valueStart: number }>): Node {
    const empty = event.valueStart === -1;
    const start = this.#masked[event.valueStart - 1] === '"' ? event.valueStart - 1 : event.valueStart;
    const piece = empty ? EMPTY : this.#piece(start);
    // What is masked as a plain scalar has one letter: more of them were taken from beside it.
    if (event.style === SCALAR_STYLE.PLAIN && event.valueEnd - event.valueStart > 1) throw new YamlFault(PUZZLE, start);
    if (piece.kind === "alias") {
      if (event.tagStart !== -1 || event.anchorStart !== -1) throw new YamlFault("an alias has no properties", start);
      const node = this.#anchors.get(piece.name);
      if (node === undefined) throw new YamlFault(`an alias of ${shorten(piece.name)}, which is not defined`, start);
      return node;
    }
    if (piece.kind !== "scalar") throw new YamlFault(PUZZLE, start);
    const { value, plain, surrogates, anchor } = piece;
    const at = empty ? Math.max(event.tagStart, event.anchorStart, this.#last) : start;
    const node: ScalarNode = { kind: "scalar", tag: "", at, value, surrogates };
    const explicit = this.#properties(node, event);
    if (anchor !== undefined) this.#anchor(anchor, node);
    node.tag = tagOfScalar(explicit, value, plain);
    return node;
  }

  /** Stores the anchor; returns the tag. */
  #properties(node: Node, { anchorStart, tagStart }: Properties): string | undefined {
    const anchor = anchorStart === -1 ? undefined : this.#name(anchorStart - 1, "anchor");
    if (anchor !== undefined) this.#anchor(anchor, node);
    return tagStart === -1 ? undefined : this.#name(tagStart, "tag");
  }

  #anchor(name: string, node: Node): void {
    if (this.#anchors.has(name)) throw new YamlFault(`the anchor ${shorten(name)} is defined twice`, node.at);
    this.#anchors.set(name, node);
  }

  #name(start: number, kind: "anchor" | "tag"): string {
    const piece = this.#piece(start);
    if (piece.kind !== kind) throw new YamlFault(PUZZLE, start);
    return piece.name;
  }

  #piece(start: number): Piece {
    const piece = this.#pieces.get(start);
    if (piece === undefined) throw new YamlFault(PUZZLE, start);
    this.#used++;
    this.#last = Math.max(this.#last, start);
    return piece;
  }

  #place(node: Node): void {
    const parent = this.#open.at(-1);
    if (parent === undefined) this.#root = node;
    else if (parent.kind === "sequence") parent.items.push(node);
    else if (this.#key === undefined) this.#key = node;
    else {
      parent.pairs.push([this.#key, node]);
      this.#key = undefined;
    }
  }
}

const EMPTY: Piece = { kind: "scalar", value: "", plain: true, surrogates: false };

/** The tag `!` has a scalar resolved as a plain one, quoted or not. */
function tagOfScalar(explicit: string | undefined, value: string, plain: boolean): string {
  if (explicit !== undefined && explicit !== "!") return explicit;
  return plain || explicit === "!" ? resolvePlain(value) : `${CORE}str`;
}
