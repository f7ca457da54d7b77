// Nodes to values as PyYAML's SafeConstructor makes them: https://github.com/yaml/pyyaml/blob/6.0.3/lib/yaml/constructor.py
import { shorten, YamlFault } from "./fault.ts";
import { DictBuilder } from "./keys.ts";
import { Merger } from "./merge.ts";
import { MAX_DEPTH, type Node, type ScalarNode } from "./nodes.ts";
import { SCALAR_TAGS } from "./scalar-tags.ts";
import { CORE } from "./tags.ts";
import { YamlPairs, YamlSet, YamlSurrogates, type YamlValue } from "./values.ts";

/**
 * The value of a document. Aliases are shared references, so that it is no larger than its text; a list or dict may contain itself.
 *
 * @throws {YamlFault}
 */
export function constructValue(root: Node): YamlValue {
  return new Constructor().run(root);
}

class Constructor {
  readonly merger = new Merger();
  readonly #made = new Map<Node, YamlValue>();
  /** Collections are filled in the order in which they were met, one after the other: no recursion, and aliases work. */
  readonly #unfilled: (() => void)[] = [];

  run(root: Node): YamlValue {
    const value = this.make(root);
    for (let i = 0; i < this.#unfilled.length; i++) this.#unfilled[i]!();
    return value;
  }

  make(node: Node): YamlValue {
    const made = this.#made.get(node);
    if (made !== undefined) return made;
    const value = this.#create(node);
    this.#made.set(node, value);
    return value;
  }

  later(fill: () => void): void {
    this.#unfilled.push(fill);
  }

  /** Keys and values, those of merged mappings included. */
  pairs(node: Node, add: (key: YamlValue, value: YamlValue) => boolean): void {
    if (node.kind !== "mapping") throw new YamlFault("this tag needs a mapping", node.at);
    this.merger.flatten(node);
    for (const [keyNode, valueNode] of node.pairs) {
      const key = this.make(keyNode);
      if (!add(key, this.make(valueNode))) throw new YamlFault("a list, dict or set is no key", keyNode.at);
    }
  }

  #create(node: Node): YamlValue {
    if (node.tag === `${CORE}str`) {
      const { value, surrogates } = scalarOf(node);
      return surrogates ? new YamlSurrogates(value) : value;
    }
    const collection = COLLECTION_TAGS.get(node.tag);
    if (collection !== undefined) return collection(this, node);
    const read = SCALAR_TAGS.get(node.tag);
    if (read === undefined) throw new YamlFault(`the tag ${shorten(node.tag)} makes no value here`, node.at);
    const value = read(scalarOf(node).value);
    if (value === undefined) throw new YamlFault(`this is no value of the tag ${shorten(node.tag)}`, node.at);
    return value;
  }
}

/** A mapping with a key `=` stands for that value, where a scalar is expected. */
function scalarOf(node: Node): ScalarNode {
  let scalar: Node | undefined = node;
  for (let depth = 0; depth < MAX_DEPTH && scalar?.kind === "mapping"; depth++) {
    scalar = scalar.pairs.find(([key]) => key.tag === `${CORE}value`)?.[1];
  }
  if (scalar?.kind !== "scalar") throw new YamlFault("this tag needs a scalar", node.at);
  return scalar;
}

const COLLECTION_TAGS: ReadonlyMap<string, (maker: Constructor, node: Node) => YamlValue> = new Map([
  [`${CORE}seq`, makeList],
  [`${CORE}map`, makeDict],
  [`${CORE}set`, makeSet],
  [`${CORE}omap`, makePairs],
  [`${CORE}pairs`, makePairs],
]);

function makeList(maker: Constructor, node: Node): YamlValue {
  const list: YamlValue[] = [];
  maker.later(() => {
    if (node.kind !== "sequence") throw new YamlFault("this tag needs a list", node.at);
    for (const item of node.items) list.push(maker.make(item));
  });
  return list;
}

function makeDict(maker: Constructor, node: Node): YamlValue {
  const dict = new Map<YamlValue, YamlValue>();
  maker.later(() => {
    const builder = new DictBuilder(dict);
    maker.pairs(node, (key, value) => builder.set(key, value));
  });
  return dict;
}

function makeSet(maker: Constructor, node: Node): YamlValue {
  const set = new YamlSet();
  maker.later(() => {
    const dict = new Map<YamlValue, YamlValue>();
    const builder = new DictBuilder(dict);
    maker.pairs(node, (key, value) => builder.set(key, value));
    set.items = [...dict.keys()];
  });
  return set;
}

/** `!!omap` and `!!pairs`: a list of mappings of one pair each, whose tags do not matter. */
function makePairs(maker: Constructor, node: Node): YamlValue {
  const made = new YamlPairs();
  maker.later(() => {
    if (node.kind !== "sequence") throw new YamlFault("this tag needs a list", node.at);
    for (const item of node.items) {
      const [pair, ...others] = item.kind === "mapping" ? item.pairs : [];
      if (pair === undefined || others.length > 0) throw new YamlFault("this tag needs mappings of one pair", item.at);
      made.pairs.push([maker.make(pair[0]), maker.make(pair[1])]);
    }
  });
  return made;
}
