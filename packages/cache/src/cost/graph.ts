import { MinHeap } from "./heap.ts";

/** A buffer in the graph of what can be computed from what. */
export interface CostNode {
  /** Of the cheapest known way to get the buffer back, in units; infinite when there is none. It only ever falls. */
  cost: number;
  /** The known ways to compute it. */
  ways: Way[] | undefined;
  /** The ways to compute others that it is an input of. */
  uses: Set<Way> | undefined;
}

/** A transformation, as far as costs go. */
export interface Way {
  readonly result: CostNode;
  readonly inputs: readonly CostNode[];
  /** Cost of computing once all inputs are there, in units. */
  work: number;
  /** How many inputs have no finite cost: while there are any, nothing need be added up. */
  missing: number;
}

/** How many ways to one result are kept: each is worth keeping only if it may turn out to be the cheapest. */
const MAX_WAYS = 16;

/**
 * A cheaper way to a buffer was found: lower its cost, and that of all that can now be computed more cheaply.
 *
 * Dijkstra's algorithm, where an edge has several starts (Knuth 1977): a result costs more than each of its inputs, so
 * that a cycle cannot make anything cheaper.
 *
 * @param onLowered - Called for each node whose cost fell, perhaps more than once.
 */
export function lower<N extends CostNode>(node: N, cost: number, onLowered: (node: N) => void): void {
  if (!(cost < node.cost)) return;
  const heap = new MinHeap<CostNode>();
  const settle = (lowered: CostNode, to: number) => {
    const first = lowered.cost === Number.POSITIVE_INFINITY;
    lowered.cost = to;
    if (lowered.uses !== undefined) {
      if (first) for (const way of lowered.uses) way.missing--;
      heap.push(to, lowered);
    }
    // All nodes of one graph are of one kind.
    onLowered(lowered as N);
  };
  settle(node, cost);
  while (heap.size > 0) {
    const key = heap.key!;
    const next = heap.pop()!;
    // It was lowered further meanwhile, and had its turn then.
    if (key > next.cost) continue;
    for (const way of next.uses ?? []) {
      if (way.missing > 0 || way.work + next.cost >= way.result.cost) continue;
      const total = costOf(way);
      if (total < way.result.cost) settle(way.result, total);
    }
  }
}

/**
 * A way to compute a result is known: note it, and lower what becomes cheaper.
 *
 * @param inputs - Each counts once, however often it is given.
 * @param work - Cost of computing once all inputs are there, in units.
 */
export function connect<N extends CostNode>(
  result: N,
  inputs: readonly N[],
  work: number,
  onLowered: (node: N) => void,
): void {
  const unique = new Set<CostNode>(inputs);
  // A way that starts from its own result, or costs more than is known to be enough, will never be taken.
  if (work >= result.cost || unique.has(result)) return;
  const known = result.ways?.find((way) => way.inputs.length === unique.size && way.inputs.every((n) => unique.has(n)));
  if (known !== undefined && known.work <= work) return;
  const way = known ?? add(result, [...unique], work);
  way.work = work;
  if (way.missing === 0) lower(result, costOf(way), onLowered);
}

/**
 * Take a node out of the graph. What was computed from it keeps the cost that it has, and no longer hears of
 * what would make it cheaper.
 */
export function detach(node: CostNode): void {
  for (const way of [...(node.ways ?? []), ...(node.uses ?? [])]) remove(way);
}

function costOf(way: Way): number {
  let total = way.work;
  for (const input of way.inputs) total += input.cost;
  return total;
}

function add(result: CostNode, inputs: readonly CostNode[], work: number): Way {
  const missing = inputs.filter(({ cost }) => cost === Number.POSITIVE_INFINITY).length;
  const way: Way = { result, inputs, work, missing };
  const ways = result.ways ?? [];
  if (ways.length >= MAX_WAYS) remove(ways.reduce((a, b) => (b.work > a.work ? b : a)));
  result.ways = [...(result.ways ?? []), way];
  for (const input of inputs) {
    input.uses ??= new Set();
    input.uses.add(way);
  }
  return way;
}

function remove(way: Way): void {
  const { result, inputs } = way;
  const rest = result.ways?.filter((other) => other !== way);
  result.ways = rest?.length === 0 ? undefined : rest;
  for (const input of inputs) {
    input.uses?.delete(way);
    if (input.uses?.size === 0) input.uses = undefined;
  }
}
