import { type CostNode, connect, detach, lower, type Way } from "../cost/graph.ts";
import type { Slot } from "./checksum-index.ts";
import type { EntryColumns } from "./entry-columns.ts";

/** What is a node of the graph of what can be computed from what: few entries are. */
class Node implements CostNode {
  slot: Slot;
  cost: number;
  ways: Way[] | undefined = undefined;
  uses: Set<Way> | undefined = undefined;

  constructor(slot: Slot, cost: number) {
    this.slot = slot;
    this.cost = cost;
  }
}

/** What it costs to get buffers back. The cost of an entry is in its column; it is a node, too, if it can be computed or computed from. */
export class EntryCosts {
  readonly #columns: EntryColumns;
  readonly #nodes = new Map<Slot, Node>();

  constructor(columns: EntryColumns) {
    this.#columns = columns;
  }

  /** Whether something would be lost by forgetting an entry. */
  isKnown(slot: Slot): boolean {
    if (this.#columns.cost(slot) !== Number.POSITIVE_INFINITY) return true;
    const node = this.#nodes.get(slot);
    return node?.ways !== undefined || node?.uses !== undefined;
  }

  /** A cheaper way to a buffer was found. */
  lower(slot: Slot, cost: number, onLowered: (slot: Slot) => void): void {
    const node = this.#nodes.get(slot);
    if (node !== undefined) lower(node, cost, this.#noting(onLowered));
    else if (cost < this.#columns.cost(slot)) {
      this.#columns.setCost(slot, cost);
      onLowered(slot);
    }
  }

  /** A way to compute a buffer is known. */
  connect(result: Slot, inputs: readonly Slot[], work: number, onLowered: (slot: Slot) => void): void {
    const sources = inputs.map((input) => this.#node(input));
    connect(this.#node(result), sources, work, this.#noting(onLowered));
  }

  /** An entry is forgotten. */
  forget(slot: Slot): void {
    const node = this.#nodes.get(slot);
    if (node === undefined) return;
    detach(node);
    this.#nodes.delete(slot);
  }

  /** An entry got another number. */
  moved(from: Slot, to: Slot): void {
    const node = this.#nodes.get(from);
    if (node === undefined) return;
    this.#nodes.delete(from);
    node.slot = to;
    this.#nodes.set(to, node);
  }

  #node(slot: Slot): Node {
    let node = this.#nodes.get(slot);
    if (node === undefined) {
      node = new Node(slot, this.#columns.cost(slot));
      this.#nodes.set(slot, node);
    }
    return node;
  }

  #noting(onLowered: (slot: Slot) => void): (node: Node) => void {
    return ({ slot, cost }) => {
      this.#columns.setCost(slot, cost);
      onLowered(slot);
    };
  }
}
