import { TagNames } from "./tags.ts";

/** A part of a document, before its tag makes a value of it, by its number. Aliases are the same node again. */
export type Node = number;

export const SCALAR = 0;
export const SEQUENCE = 1;
export const MAPPING = 2;
export type NodeKind = typeof SCALAR | typeof SEQUENCE | typeof MAPPING;

/** Integers of a node: kind and tag; where it starts; and the two ends of its text, or its children's place and number. */
const FIELDS = 4;
const KIND_BITS = 3;
const SURROGATES = 1 << 2;

/** The nodes of a document. A node is four integers, so that a text of a million of them is no matter. */
export class Nodes {
  readonly tags = new TagNames();
  readonly #text: string;
  readonly #fields = new Integers();
  readonly #children = new Integers();
  /** Texts of scalars that are not in the source as they are; their place is where other scalars have the end of their text, negative. */
  readonly #built: string[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  get count(): number {
    return this.#fields.length / FIELDS;
  }

  /** A scalar whose text is a part of the source. */
  addSlice(tag: number, at: number, from: number, to: number): Node {
    return this.#add(SCALAR, tag, at, from, to);
  }

  /** A scalar with a text of its own; Python keeps surrogates that an escape made apart. */
  addText(tag: number, at: number, text: string, surrogates: boolean): Node {
    return this.#add(surrogates ? SCALAR | SURROGATES : SCALAR, tag, at, 0, -this.#built.push(text));
  }

  addCollection(kind: NodeKind, tag: number, at: number): Node {
    return this.#add(kind, tag, at, 0, 0);
  }

  /** The items of a sequence; the keys and values of a mapping, by turns. */
  setChildren(node: Node, children: Integers, from: number): void {
    const fields = this.#fields;
    fields.set(node * FIELDS + 2, this.#children.length);
    fields.set(node * FIELDS + 3, children.length - from);
    for (let i = from; i < children.length; i++) this.#children.push(children.get(i));
  }

  kind(node: Node): NodeKind {
    return (this.#fields.get(node * FIELDS) & 3) as NodeKind;
  }

  tag(node: Node): number {
    return this.#fields.get(node * FIELDS) >> KIND_BITS;
  }

  setTag(node: Node, tag: number): void {
    const field = this.#fields.get(node * FIELDS);
    this.#fields.set(node * FIELDS, (field & ((1 << KIND_BITS) - 1)) | (tag << KIND_BITS));
  }

  tagName(node: Node): string {
    return this.tags.name(this.tag(node));
  }

  /** Where it starts, in UTF-16 units. */
  at(node: Node): number {
    return this.#fields.get(node * FIELDS + 1);
  }

  text(node: Node): string {
    const from = this.#fields.get(node * FIELDS + 2);
    const to = this.#fields.get(node * FIELDS + 3);
    return to < 0 ? this.#built[-to - 1]! : this.#text.slice(from, to);
  }

  hasSurrogates(node: Node): boolean {
    return (this.#fields.get(node * FIELDS) & SURROGATES) !== 0;
  }

  size(node: Node): number {
    return this.#fields.get(node * FIELDS + 3);
  }

  child(node: Node, index: number): Node {
    return this.#children.get(this.#fields.get(node * FIELDS + 2) + index);
  }

  #add(kind: number, tag: number, at: number, first: number, second: number): Node {
    const node = this.count;
    this.#fields.push((tag << KIND_BITS) | kind);
    this.#fields.push(at);
    this.#fields.push(first);
    this.#fields.push(second);
    return node;
  }
}

/** A list of 32-bit integers that grows. */
export class Integers {
  #items = new Int32Array(64);
  /** May be set back. */
  length = 0;

  get(index: number): number {
    return this.#items[index]!;
  }

  set(index: number, value: number): void {
    this.#items[index] = value;
  }

  push(value: number): void {
    if (this.length === this.#items.length) {
      const larger = new Int32Array(this.length * 2);
      larger.set(this.#items);
      this.#items = larger;
    }
    this.#items[this.length++] = value;
  }
}
