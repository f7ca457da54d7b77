import { describe } from "@seamless/internal/text";
import { tooLargeError } from "../errors.ts";
import { isTooLongInt, TOO_LONG_INT } from "../numbers/parse.ts";
import { Float } from "../values.ts";
import type { Document } from "./compose.ts";
import { MAX_DEPTH, YamlSyntaxError } from "./cursor.ts";
import { MAPPING, type Node, type Nodes, SCALAR, SEQUENCE } from "./nodes.ts";
import { SCALAR_TAGS } from "./scalar-tags.ts";
import { TAG } from "./tags.ts";
import { YamlDate, YamlPairs, YamlSet, YamlSurrogates, type YamlValue } from "./values.ts";

// Nodes to values as PyYAML's SafeConstructor makes them: https://github.com/yaml/pyyaml/blob/6.0.3/lib/yaml/constructor.py

/**
 * The value of a document. Aliases are shared references, so that it is no larger than its text; a list or dict may contain itself.
 *
 * @throws {YamlSyntaxError}
 */
export function constructValue({ nodes, root }: Document): YamlValue {
  return new Constructor(nodes).run(root);
}

class Constructor {
  readonly #nodes: Nodes;
  readonly #merger: Merger;
  readonly #identities = new KeyIdentities();
  readonly #made: (YamlValue | undefined)[];
  /** Collections are filled in the order in which they were met, one after the other: no recursion, and aliases work. */
  readonly #unfilled: Node[] = [];
  /** Where mappings have their first key `=`, or how many keys were looked at: no key becomes `=` later. */
  readonly #defaults = new Map<Node, number>();

  constructor(nodes: Nodes) {
    this.#nodes = nodes;
    this.#merger = new Merger(nodes);
    this.#made = new Array<undefined>(nodes.count);
  }

  run(root: Node): YamlValue {
    const value = this.#make(root);
    for (let i = 0; i < this.#unfilled.length; i++) this.#fill(this.#unfilled[i]!);
    return value;
  }

  #make(node: Node): YamlValue {
    const made = this.#made[node];
    if (made !== undefined) return made;
    const value = this.#create(node);
    this.#made[node] = value;
    return value;
  }

  #create(node: Node): YamlValue {
    const nodes = this.#nodes;
    const tag = nodes.tag(node);
    if (tag === TAG.str) {
      const scalar = this.#scalarOf(node);
      const text = nodes.text(scalar);
      return nodes.hasSurrogates(scalar) ? new YamlSurrogates(text) : text;
    }
    const create = COLLECTIONS.get(tag);
    if (create !== undefined) {
      this.#unfilled.push(node);
      return create(nodes.kind(node) === SCALAR ? 0 : nodes.size(node));
    }
    const read = SCALAR_TAGS.get(tag);
    if (read === undefined) throw this.#error(node, `the tag ${describe(nodes.tagName(node))} makes no value here`);
    const text = nodes.text(this.#scalarOf(node));
    const value = read(text);
    if (value === undefined) {
      const tooLong = tag === TAG.int && text.replaceAll("_", "").split(":").some(isTooLongInt);
      const tagName = describe(nodes.tagName(node));
      throw this.#error(node, tooLong ? `this is ${TOO_LONG_INT}` : `this is not a value of the tag ${tagName}`);
    }
    return value;
  }

  /** A mapping with a key `=` stands for that value, where a scalar is expected. */
  #scalarOf(node: Node): Node {
    const nodes = this.#nodes;
    let scalar: Node | undefined = node;
    for (let depth = 0; depth < MAX_DEPTH && scalar !== undefined && nodes.kind(scalar) === MAPPING; depth++) {
      scalar = this.#defaultOf(scalar);
    }
    if (scalar === undefined || nodes.kind(scalar) !== SCALAR) throw this.#error(node, "this tag needs a scalar");
    return scalar;
  }

  #defaultOf(mapping: Node): Node | undefined {
    const nodes = this.#nodes;
    const size = nodes.size(mapping);
    let i = this.#defaults.get(mapping) ?? 0;
    while (i < size && nodes.tag(nodes.child(mapping, i)) !== TAG.value) i += 2;
    this.#defaults.set(mapping, i);
    return i < size ? nodes.child(mapping, i + 1) : undefined;
  }

  #fill(node: Node): void {
    const value = this.#made[node]!;
    if (Array.isArray(value)) this.#fillList(node, value);
    else if (value instanceof Map) this.#fillDict(node, value);
    else if (value instanceof YamlSet) {
      const dict = new Map<YamlValue, YamlValue>();
      this.#fillDict(node, dict);
      value.items = [...dict.keys()];
    } else if (value instanceof YamlPairs) this.#fillPairs(node, value);
  }

  #fillList(node: Node, list: YamlValue[]): void {
    this.#expect(SEQUENCE, node, "this tag needs a list");
    for (let i = 0; i < list.length; i++) list[i] = this.#make(this.#nodes.child(node, i));
  }

  #fillDict(node: Node, dict: Map<YamlValue, YamlValue>): void {
    this.#expect(MAPPING, node, "this tag needs a mapping");
    const builder = new DictBuilder(dict, this.#identities);
    this.#merger.forEach(node, (keyNode, valueNode) => {
      const key = this.#make(keyNode);
      if (!builder.set(keyNode, key, this.#make(valueNode))) {
        throw this.#error(keyNode, "a list, dict or set cannot be a key");
      }
    });
    builder.finish();
  }

  /** `!!omap` and `!!pairs`: a list of mappings of one pair each, whose tags do not matter. */
  #fillPairs(node: Node, { pairs }: YamlPairs): void {
    const nodes = this.#nodes;
    this.#expect(SEQUENCE, node, "this tag needs a list");
    for (let i = 0; i < nodes.size(node); i++) {
      const item = nodes.child(node, i);
      if (nodes.kind(item) !== MAPPING || nodes.size(item) !== 2) {
        throw this.#error(item, "this tag needs mappings of one pair");
      }
      pairs.push([this.#make(nodes.child(item, 0)), this.#make(nodes.child(item, 1))]);
    }
  }

  #expect(kind: number, node: Node, message: string): void {
    if (this.#nodes.kind(node) !== kind) throw this.#error(node, message);
  }

  #error(node: Node, message: string): YamlSyntaxError {
    return new YamlSyntaxError(message, this.#nodes.at(node));
  }
}

/** What is filled later, by tag. A list has room for its items at once: one that grows has room for 17. */
const COLLECTIONS: ReadonlyMap<number, (size: number) => YamlValue> = new Map<number, (size: number) => YamlValue>([
  [TAG.seq, (size) => new Array<YamlValue>(size)],
  [TAG.map, () => new Map()],
  [TAG.set, () => new YamlSet()],
  [TAG.omap, () => new YamlPairs()],
  [TAG.pairs, () => new YamlPairs()],
]);

/** What makes keys equal, as in Python: 1, 1.0 and true are one key. */
export class KeyIdentities {
  /** Of long keys: as an alias, or merged, a node is a key any number of times. */
  readonly #known = new Map<Node, string>();

  /**
   * A string that two keys share if Python takes them for equal.
   *
   * @returns `undefined` for what cannot be a key in Python: lists, dicts, sets.
   */
  of(node: Node, key: YamlValue): string | undefined {
    const isLong = typeof key === "bigint" || key instanceof Uint8Array || key instanceof YamlSurrogates;
    if (!isLong) return keyIdentity(key);
    const known = this.#known.get(node) ?? keyIdentity(key)!;
    this.#known.set(node, known);
    return known;
  }
}

function keyIdentity(key: YamlValue): string | undefined {
  if (typeof key === "string") return `s${key}`;
  if (key === null) return "null";
  if (typeof key === "boolean") return `n${Number(key)}`;
  // To base 16, which takes time in proportion to the length of the number.
  if (typeof key === "bigint") return `n${key.toString(16)}`;
  if (typeof key === "number") return Number.isInteger(key) ? `n${BigInt(key).toString(16)}` : `n.${key}`;
  if (Float.isFloat(key)) return `n${BigInt(key.value).toString(16)}`;
  if (key instanceof Uint8Array) return `b${key.join()}`;
  if (key instanceof YamlDate) return `d${key.iso}`;
  if (key instanceof YamlSurrogates) return `u${key.text}`;
  return undefined;
}

/** A dict under construction: of two equal keys the first stays, with the last value. */
class DictBuilder {
  readonly #dict: Map<YamlValue, YamlValue>;
  readonly #identities: KeyIdentities;
  /** Keys that are no strings, if there are any. */
  #others: Map<string, Entry> | undefined;

  constructor(dict: Map<YamlValue, YamlValue>, identities: KeyIdentities) {
    this.#dict = dict;
    this.#identities = identities;
  }

  /** Returns false if it is not a key. */
  set(node: Node, key: YamlValue, value: YamlValue): boolean {
    if (typeof key === "string") {
      this.#dict.set(key, value);
      return true;
    }
    const identity = this.#identities.of(node, key);
    if (identity === undefined) return false;
    this.#others ??= new Map();
    const first = this.#others.get(identity);
    if (first === undefined) {
      this.#others.set(identity, { key, value });
      this.#dict.set(key, value);
    } else first.value = value;
    return true;
  }

  /** Gives keys that came again their last value: once, for a `Map` compares long numbers digit by digit. */
  finish(): void {
    for (const { key, value } of this.#others?.values() ?? []) this.#dict.set(key, value);
  }
}

interface Entry {
  readonly key: YamlValue;
  value: YamlValue;
}

/** Keys and mappings that all `<<` of a text may bring in together: aliases of aliases multiply. */
const MAX_MERGED = 1_000_000;

/** Of a mapping with merge keys: its keys and values, by turns, as far as they are known. */
interface Merging {
  pairs: Node[];
  /** The first child that was not looked at. */
  next: number;
}

/** Carries out the merge keys (`<<`) of a document's mappings, as PyYAML's `flatten_mapping` does. */
class Merger {
  readonly #nodes: Nodes;
  readonly #merging = new Map<Node, Merging>();
  #merged = 0;
  #depth = 0;

  constructor(nodes: Nodes) {
    this.#nodes = nodes;
  }

  /**
   * Calls back for each pair of a mapping: those of merged mappings before its own, so that its own win; of a list, the
   * first mapping wins.
   *
   * @throws {YamlSyntaxError} for what is not a mapping; `TOO_LARGE`.
   */
  forEach(mapping: Node, visit: (key: Node, value: Node) => void): void {
    const merging = this.#flatten(mapping);
    if (merging === undefined) {
      const size = this.#nodes.size(mapping);
      for (let i = 0; i < size; i += 2) visit(this.#nodes.child(mapping, i), this.#nodes.child(mapping, i + 1));
    } else {
      for (let i = 0; i < merging.pairs.length; i += 2) visit(merging.pairs[i]!, merging.pairs[i + 1]!);
    }
  }

  /** Returns `undefined` for a mapping without merge keys. */
  #flatten(mapping: Node): Merging | undefined {
    const nodes = this.#nodes;
    const known = this.#merging.get(mapping);
    if (known === undefined && !this.#hasMerges(mapping)) return undefined;
    const merging = known ?? { pairs: [], next: 0 };
    this.#merging.set(mapping, merging);
    if (merging.next === nodes.size(mapping)) return merging;
    if (++this.#depth > MAX_DEPTH) throw tooLargeError("merge keys nested too deep", `${MAX_DEPTH} levels`);
    const merged: Node[] = [];
    // A mapping that merges itself goes on here where it has come to, and then has nothing left.
    while (merging.next < nodes.size(mapping)) {
      const key = nodes.child(mapping, merging.next++);
      const value = nodes.child(mapping, merging.next++);
      if (nodes.tag(key) === TAG.merge) this.#mergeSource(value, merged);
      else merging.pairs.push(key, value);
    }
    if (merged.length > 0) {
      for (const node of merging.pairs) merged.push(node);
      merging.pairs = merged;
    }
    this.#depth--;
    return merging;
  }

  /** As a key, and only there, `=` is a string. */
  #hasMerges(mapping: Node): boolean {
    const nodes = this.#nodes;
    const size = nodes.size(mapping);
    let found = false;
    for (let i = 0; i < size; i += 2) {
      const key = nodes.child(mapping, i);
      if (nodes.tag(key) === TAG.value) nodes.setTag(key, TAG.str);
      else if (nodes.tag(key) === TAG.merge) found = true;
    }
    return found;
  }

  #mergeSource(source: Node, into: Node[]): void {
    const nodes = this.#nodes;
    const sources =
      nodes.kind(source) === SEQUENCE
        ? Array.from({ length: nodes.size(source) }, (_, i) => nodes.child(source, i))
        : [source];
    for (const mapping of sources) {
      if (nodes.kind(mapping) !== MAPPING) {
        throw new YamlSyntaxError("only mappings and lists of mappings are merged", nodes.at(mapping));
      }
      this.#flatten(mapping);
    }
    for (const mapping of sources.reverse()) {
      this.forEach(mapping, (key, value) => {
        this.#count();
        into.push(key, value);
      });
      this.#count();
    }
  }

  #count(): void {
    if (++this.#merged > MAX_MERGED) throw tooLargeError("merge keys bring in too much", `${MAX_MERGED} keys`);
  }
}
