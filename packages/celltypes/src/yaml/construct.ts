// Nodes to values as PyYAML's SafeConstructor makes them: https://github.com/yaml/pyyaml/blob/6.0.3/lib/yaml/constructor.py
import { describe } from "@seamless/checksum";
import { isTooLongInt, TOO_LONG_INT } from "../numbers/python-parse.ts";
import type { Document } from "./compose.ts";
import { MAX_DEPTH, YamlFault } from "./fault.ts";
import { DictBuilder, KeyIdentities } from "./keys.ts";
import { Merger } from "./merge.ts";
import { MAPPING, type Node, type Nodes, SCALAR, SEQUENCE } from "./nodes.ts";
import { SCALAR_TAGS } from "./scalar-tags.ts";
import { TAG } from "./tag-names.ts";
import { YamlPairs, YamlSet, YamlSurrogates, type YamlValue } from "./values.ts";

/**
 * The value of a document. Aliases are shared references, so that it is no larger than its text; a list or dict may contain itself.
 *
 * @throws {YamlFault}
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
  /** Where mappings have their first key `=`, or how many keys were looked at: none becomes one later. */
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
    if (read === undefined) throw this.#fault(node, `the tag ${describe(nodes.tagName(node))} makes no value here`);
    const text = nodes.text(this.#scalarOf(node));
    const value = read(text);
    if (value === undefined) {
      const tooLong = tag === TAG.int && text.replaceAll("_", "").split(":").some(isTooLongInt);
      const tagName = describe(nodes.tagName(node));
      throw this.#fault(node, tooLong ? `this is ${TOO_LONG_INT}` : `this is no value of the tag ${tagName}`);
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
    if (scalar === undefined || nodes.kind(scalar) !== SCALAR) throw this.#fault(node, "this tag needs a scalar");
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
        throw this.#fault(keyNode, "a list, dict or set is no key");
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
        throw this.#fault(item, "this tag needs mappings of one pair");
      }
      pairs.push([this.#make(nodes.child(item, 0)), this.#make(nodes.child(item, 1))]);
    }
  }

  #expect(kind: number, node: Node, message: string): void {
    if (this.#nodes.kind(node) !== kind) throw this.#fault(node, message);
  }

  #fault(node: Node, message: string): YamlFault {
    return new YamlFault(message, this.#nodes.at(node));
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
