import { tooLarge } from "../errors.ts";
import { YamlFault } from "./fault.ts";
import { MAX_DEPTH, type MappingNode, type Node } from "./nodes.ts";
import { CORE } from "./tags.ts";

/** Keys that all `<<` of a text may bring in together: aliases of aliases multiply. */
export const MAX_MERGED = 1_000_000;

/** Carries out the merge keys (`<<`) of a document's mappings, as PyYAML's `flatten_mapping` does. */
export class Merger {
  #merged = 0;
  #depth = 0;

  /**
   * Puts the pairs of merged mappings before the mapping's own, so that its own win; of a list, the first mapping wins.
   *
   * @throws {YamlFault} for what is no mapping; `TOO_LARGE`.
   */
  flatten(node: MappingNode): void {
    const own: MappingNode["pairs"] = [];
    const sources: Node[] = [];
    for (const pair of node.pairs) {
      if (pair[0].tag === `${CORE}merge`) sources.push(pair[1]);
      else own.push(pair);
      // As a key, and only there, `=` is a string.
      if (pair[0].tag === `${CORE}value`) pair[0].tag = `${CORE}str`;
    }
    if (sources.length === 0) return;
    if (++this.#depth > MAX_DEPTH) throw tooLarge("merge keys nested too deep", `${MAX_DEPTH} levels`);
    node.pairs = own;
    const merged: MappingNode["pairs"] = [];
    for (const source of sources) {
      const mappings = source.kind === "sequence" ? source.items.toReversed() : [source];
      for (const mapping of mappings) this.#merge(mapping, merged);
    }
    node.pairs = merged.concat(node.pairs);
    this.#depth--;
  }

  #merge(mapping: Node, into: MappingNode["pairs"]): void {
    if (mapping.kind !== "mapping") throw new YamlFault("only mappings and lists of mappings are merged", mapping.at);
    this.flatten(mapping);
    this.#merged += mapping.pairs.length;
    if (this.#merged > MAX_MERGED) throw tooLarge("merge keys bring in too much", `${MAX_MERGED} keys`);
    for (const pair of mapping.pairs) into.push(pair);
  }
}
