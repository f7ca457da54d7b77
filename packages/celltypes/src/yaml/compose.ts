import { describe } from "@seamless/internal/text";
import { MAX_DEPTH, tooDeepError, YamlSyntaxError } from "./cursor.ts";
import { Integers, MAPPING, type Node, type NodeKind, Nodes, SEQUENCE } from "./nodes.ts";
import { resolvePlain } from "./scalar-tags.ts";
import { Scanner } from "./scanner.ts";
import { TAG } from "./tags.ts";
import * as T from "./tokens.ts";

// The nodes of a text: YAML 1.1's grammar over PyYAML's tokens (https://github.com/yaml/pyyaml/blob/6.0.3/lib/yaml/parser.py),
// without recursion: what is open lies on a stack, and each kind of it knows what may come next.

export interface Document {
  readonly nodes: Nodes;
  readonly root: Node;
}

/**
 * The one document of a text, `undefined` if it is empty.
 *
 * @throws {YamlSyntaxError} Also for a second document; `TOO_LARGE` for collections nested too deep.
 */
export function compose(text: string): Document | undefined {
  return new Composer(text).document();
}

/** A collection that is not complete. They are used again. */
interface Open {
  syntax: Syntax;
  node: Node;
  /** Where its children start among those of all open collections. */
  from: number;
  awaits: typeof FIRST | typeof ENTRY | typeof VALUE | typeof NO_VALUE | typeof END;
}

const FIRST = 0;
/** Another item or key. */
const ENTRY = 1;
const VALUE = 2;
/** The key that was read stands alone. */
const NO_VALUE = 3;
const END = 4;

class Composer {
  readonly #nodes: Nodes;
  readonly #scanner: Scanner;
  readonly #text: string;
  readonly #anchors = new Map<string, Node>();
  /** Children of all open collections, and below them the root. */
  readonly #children = new Integers();
  readonly #open: Open[] = [];
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#nodes = new Nodes(text);
    this.#scanner = new Scanner(text, this.#nodes.tags);
  }

  document(): Document | undefined {
    if (this.#next(T.STREAM_END)) return undefined;
    if (this.#next(T.DIRECTIVE | T.DOCUMENT_START)) {
      while (this.#skip(T.DIRECTIVE));
      if (!this.#skip(T.DOCUMENT_START)) throw this.#error("a document with directives starts with ---");
      if (this.#next(T.DIRECTIVE | T.DOCUMENT_START | T.DOCUMENT_END | T.STREAM_END)) this.#addEmpty();
      else this.#addNode(ROOT);
    } else this.#addNode(ROOT);
    while (this.#depth > 0) {
      const open = this.#open[this.#depth - 1]!;
      this[open.syntax.name](open);
    }
    while (this.#skip(T.DOCUMENT_END));
    if (!this.#next(T.STREAM_END)) throw this.#error("the text goes on after its one document");
    return { nodes: this.#nodes, root: this.#children.get(0) };
  }

  blockSequence(open: Open): void {
    if (this.#skip(T.BLOCK_ENTRY)) this.#item(open);
    else if (this.#skip(T.BLOCK_END)) this.#close();
    else throw this.#error("a list in block style goes on with a dash");
  }

  indentlessSequence(open: Open): void {
    if (this.#skip(T.BLOCK_ENTRY)) this.#item(open);
    else this.#close();
  }

  blockMapping(open: Open): void {
    if (open.awaits === VALUE) {
      open.awaits = ENTRY;
      this.#value(open);
    } else if (this.#skip(T.KEY)) {
      open.awaits = VALUE;
      this.#item(open);
    } else if (this.#skip(T.BLOCK_END)) this.#close();
    else throw this.#error("a mapping in block style goes on with a key");
  }

  flowSequence(open: Open): void {
    this.#comma(open, T.FLOW_SEQUENCE_END);
    const { at } = this.#scanner.peek();
    if (this.#skip(T.KEY)) this.#begin(SYNTAX.flowPair, TAG.map, at);
    else if (this.#skip(T.FLOW_SEQUENCE_END)) this.#close();
    else this.#addNode(IN_BRACKETS);
  }

  flowPair(open: Open): void {
    if (open.awaits === FIRST) {
      open.awaits = VALUE;
      this.#item(open);
    } else if (open.awaits === VALUE) {
      open.awaits = END;
      this.#value(open);
    } else this.#close();
  }

  flowMapping(open: Open): void {
    if (open.awaits === VALUE) {
      open.awaits = ENTRY;
      this.#value(open);
    } else if (open.awaits === NO_VALUE) {
      open.awaits = ENTRY;
      this.#addEmpty();
    } else {
      this.#comma(open, T.FLOW_MAPPING_END);
      if (this.#skip(T.KEY)) {
        open.awaits = VALUE;
        this.#item(open);
      } else if (this.#skip(T.FLOW_MAPPING_END)) this.#close();
      else {
        open.awaits = NO_VALUE;
        this.#addNode(IN_BRACKETS);
      }
    }
  }

  /** Skips what separates entries; the last may have one too. */
  #comma(open: Open, end: number): void {
    if (open.awaits !== FIRST && !this.#next(end) && !this.#skip(T.FLOW_ENTRY)) {
      throw this.#error("a comma or the closing bracket is missing");
    }
    open.awaits = ENTRY;
  }

  #value(open: Open): void {
    if (this.#skip(T.VALUE)) this.#item(open);
    else this.#addEmpty();
  }

  #item({ syntax }: Open): void {
    if (this.#next(syntax.empty)) this.#addEmpty();
    else this.#addNode(syntax);
  }

  #addEmpty(): void {
    this.#children.push(this.#nodes.addSlice(TAG.null, this.#scanner.peek().at, 0, 0));
  }

  /** Reads a node, or the beginning of a collection. */
  #addNode(place: Place): void {
    const { kind, at } = this.#scanner.peek();
    if (kind === T.ALIAS) {
      this.#children.push(this.#alias());
      return;
    }
    let anchor: string | undefined;
    let tag: number = TAG.none;
    for (let token = this.#scanner.peek(); ; token = this.#scanner.peek()) {
      if (token.kind === T.ANCHOR && anchor === undefined) anchor = this.#text.slice(token.from, token.to);
      else if (token.kind === T.TAG && tag === TAG.none) tag = token.tag;
      else if (token.kind === T.ANCHOR) throw this.#error("a second anchor for one node");
      else if (token.kind === T.TAG) throw this.#error("a second tag for one node");
      else break;
      this.#scanner.take();
    }
    const start = this.#scanner.peek();
    const syntax = syntaxOf(start.kind, place);
    if (syntax !== undefined) {
      const tagged = tag > TAG.unspecific;
      const startAt = start.at;
      if (syntax !== SYNTAX.indentlessSequence) this.#scanner.take();
      this.#begin(syntax, tagged ? tag : syntax.kind === SEQUENCE ? TAG.seq : TAG.map, startAt, anchor);
    } else if (start.kind === T.SCALAR) {
      this.#addScalar(start, tag, anchor);
      this.#scanner.take();
    } else if (anchor !== undefined || tag !== TAG.none) {
      this.#define(anchor, this.#nodes.addSlice(tag > TAG.unspecific ? tag : TAG.null, at, 0, 0));
    } else throw this.#error("a value is missing");
  }

  #addScalar(token: T.Token, tag: number, anchor: string | undefined): void {
    const { at, from, to, text, plain, surrogates } = token;
    const asPlain = (plain && tag === TAG.none) || tag === TAG.unspecific;
    const full = asPlain
      ? text === undefined
        ? resolvePlain(this.#text, from, to)
        : resolvePlain(text)
      : tag || TAG.str;
    const nodes = this.#nodes;
    const node = text === undefined ? nodes.addSlice(full, at, from, to) : nodes.addText(full, at, text, surrogates);
    this.#define(anchor, node);
  }

  #alias(): Node {
    const { at, from, to } = this.#scanner.peek();
    const name = this.#text.slice(from, to);
    const node = this.#anchors.get(name);
    if (node === undefined) throw new YamlSyntaxError(`an alias of ${describe(name)}, which is not defined`, at);
    this.#scanner.take();
    return node;
  }

  #begin(syntax: Syntax, tag: number, at: number, anchor?: string): void {
    if (this.#depth === MAX_DEPTH) throw tooDeepError();
    const node = this.#nodes.addCollection(syntax.kind, tag, at);
    this.#define(anchor, node);
    const from = this.#children.length;
    const open = this.#open[this.#depth++];
    if (open === undefined) this.#open.push({ syntax, node, from, awaits: FIRST });
    else {
      open.syntax = syntax;
      open.node = node;
      open.from = from;
      open.awaits = FIRST;
    }
  }

  #close(): void {
    const { node, from } = this.#open[--this.#depth]!;
    this.#nodes.setChildren(node, this.#children, from);
    this.#children.length = from;
  }

  /** Adds a node to what is open, under its anchor if it has one. */
  #define(anchor: string | undefined, node: Node): void {
    if (anchor !== undefined) {
      if (this.#anchors.has(anchor)) {
        throw new YamlSyntaxError(`the anchor ${describe(anchor)} is defined twice`, this.#nodes.at(node));
      }
      this.#anchors.set(anchor, node);
    }
    this.#children.push(node);
  }

  #next(kinds: number): boolean {
    return (this.#scanner.peek().kind & kinds) !== 0;
  }

  #skip(kinds: number): boolean {
    if (!this.#next(kinds)) return false;
    this.#scanner.take();
    return true;
  }

  #error(message: string): YamlSyntaxError {
    return new YamlSyntaxError(message, this.#scanner.peek().at);
  }
}

// The ways in which YAML 1.1 writes collections, and where each may stand, as PyYAML's grammar has them:
// https://github.com/yaml/pyyaml/blob/6.0.3/lib/yaml/parser.py

/** What may stand in a place. */
interface Place {
  /** Collections in block style? */
  readonly block: boolean;
  /** Lists that are not indented? */
  readonly indentless: boolean;
}

const ROOT: Place = { block: true, indentless: false };
const IN_BRACKETS: Place = { block: false, indentless: false };

/** How a collection is written; the place is that of its parts. */
interface Syntax extends Place {
  readonly name: Name;
  readonly kind: NodeKind;
  /** Tokens before which an item, a key or a value is left out. */
  readonly empty: number;
}

type Name = "blockSequence" | "indentlessSequence" | "blockMapping" | "flowSequence" | "flowPair" | "flowMapping";

const SYNTAX = {
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
function syntaxOf(kind: number, { block, indentless }: Place): Syntax | undefined {
  if (kind === T.FLOW_SEQUENCE_START) return SYNTAX.flowSequence;
  if (kind === T.FLOW_MAPPING_START) return SYNTAX.flowMapping;
  if (kind === T.BLOCK_SEQUENCE_START && block) return SYNTAX.blockSequence;
  if (kind === T.BLOCK_MAPPING_START && block) return SYNTAX.blockMapping;
  return kind === T.BLOCK_ENTRY && indentless ? SYNTAX.indentlessSequence : undefined;
}
