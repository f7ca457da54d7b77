import { tooLarge } from "../errors.ts";
import { MAX_DEPTH, YamlFault } from "./fault.ts";
import { MAPPING, type Node, type Nodes, SEQUENCE } from "./nodes.ts";
import { TAG } from "./tag-names.ts";

/** Keys and mappings that all `<<` of a text may bring in together: aliases of aliases multiply. */
const MAX_MERGED = 1_000_000;

/** Of a mapping with merge keys: its keys and values, by turns, as far as they are known. */
interface Merging {
  pairs: Node[];
  /** The first child that was not looked at. */
  next: number;
}

/** Carries out the merge keys (`<<`) of a document's mappings, as PyYAML's `flatten_mapping` does. */
export class Merger {
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
   * @throws {YamlFault} for what is no mapping; `TOO_LARGE`.
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
    if (++this.#depth > MAX_DEPTH) throw tooLarge("merge keys nested too deep", `${MAX_DEPTH} levels`);
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
        throw new YamlFault("only mappings and lists of mappings are merged", nodes.at(mapping));
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
    if (++this.#merged > MAX_MERGED) throw tooLarge("merge keys bring in too much", `${MAX_MERGED} keys`);
  }
}
