import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CostNode, connect, detach, lower } from "../src/cost/graph.ts";
import { MinHeap } from "../src/cost/heap.ts";
import { defaultCosts } from "../src/index.ts";

const node = (): CostNode => ({ cost: Number.POSITIVE_INFINITY, ways: undefined, uses: undefined });
const ignore = () => {};

describe("costs", () => {
  test("of a store by its distance: per GB of 10⁹ bytes, and at least something", () => {
    const { fetch } = defaultCosts;
    expect([fetch("folder", 1e9), fetch("local", 1e9), fetch("remote", 1e9)]).toEqual([1, 10, 100]);
    expect([fetch("folder", 1e3), fetch("local", 1e3), fetch("remote", 1e3)]).toEqual([1e-6, 0.001, 0.01]);
    expect([fetch("folder", 0), fetch("local", 2e5), fetch("remote", 2e5)]).toEqual([0, 0.002, 0.02]);
  });

  test("of computing: 0.1 per CPU second, an hour if nobody knows, nothing for conversions", () => {
    const { recompute } = defaultCosts;
    expect([recompute(10), recompute(undefined), recompute(0)]).toEqual([1, 360, 0]);
  });
});

describe("the graph", () => {
  test("adds what the inputs cost, each once, and takes the cheapest way", () => {
    const [a, b, c] = [node(), node(), node()];
    connect(c, [a, b, a], 1, ignore);
    expect(c.cost).toBe(Number.POSITIVE_INFINITY);
    lower(a, 2, ignore);
    expect(c.cost).toBe(Number.POSITIVE_INFINITY);
    lower(b, 3, ignore);
    expect(c.cost).toBe(6);
    connect(c, [a], 5, ignore);
    expect(c.cost).toBe(6);
    connect(c, [a], 3, ignore);
    expect(c.cost).toBe(5);
    lower(c, 9, ignore);
    expect(c.cost).toBe(5);
    lower(c, 0.5, ignore);
    expect(c.cost).toBe(0.5);
  });

  test("passes on what became cheaper, through any number of steps", () => {
    const chain = Array.from({ length: 10_000 }, node);
    for (let i = chain.length - 1; i > 0; i--) connect(chain[i]!, [chain[i - 1]!], 1, ignore);
    const lowered = new Set<CostNode>();
    lower(chain[0]!, 5, (n) => lowered.add(n));
    expect(chain.at(-1)!.cost).toBe(10_004);
    expect(lowered.size).toBe(10_000);
    lower(chain[5000]!, 0, ignore);
    expect([chain[4999]!.cost, chain[5001]!.cost, chain.at(-1)!.cost]).toEqual([5004, 1, 4999]);
  });

  test("a cycle gives nothing for nothing", () => {
    const [a, b] = [node(), node()];
    connect(a, [b], 0, ignore);
    connect(b, [a], 0, ignore);
    connect(a, [a], 0, ignore);
    expect([a.cost, b.cost]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    lower(b, 4, ignore);
    expect([a.cost, b.cost]).toEqual([4, 4]);
  });

  test("one that is computed from nothing costs its work", () => {
    const a = node();
    connect(a, [], 7, ignore);
    expect(a.cost).toBe(7);
  });

  test("what was computed from a forgotten one keeps its cost, and nothing keeps the forgotten one", () => {
    const [a, b, c] = [node(), node(), node()];
    lower(a, 1, ignore);
    connect(b, [a], 1, ignore);
    connect(c, [b], 1, ignore);
    detach(b);
    expect([b.cost, c.cost, b.ways, b.uses, a.uses, c.ways]).toEqual([
      2,
      3,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("keeps a bounded number of ways to one result, and none that can never be the cheapest", () => {
    const result = node();
    const inputs = Array.from({ length: 100 }, node);
    for (const [i, input] of inputs.entries()) connect(result, [input], 100 - i, ignore);
    expect(result.ways).toHaveLength(16);
    expect(inputs.filter(({ uses }) => uses !== undefined)).toHaveLength(16);
    connect(result, [inputs[99]!], 1, ignore);
    expect(result.ways).toHaveLength(16);
    const cheap = node();
    lower(cheap, 1, ignore);
    connect(cheap, [node()], 1, ignore);
    expect(cheap.ways).toBeUndefined();
  });

  test("agrees with adding up until nothing changes, in any order of events", () => {
    const size = 7;
    const index = fc.nat(size - 1);
    const event = fc.oneof(
      fc.record({ node: index, cost: fc.nat(50) }),
      fc.record({ node: index, inputs: fc.array(index, { maxLength: 3 }), work: fc.nat(20) }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const nodes = Array.from({ length: size }, node);
        const told = new Array<number>(size).fill(Number.POSITIVE_INFINITY);
        const note = (n: CostNode) => {
          told[nodes.indexOf(n)] = n.cost;
        };
        for (const [count, step] of events.entries()) {
          if ("cost" in step) lower(nodes[step.node]!, step.cost, note);
          else
            connect(
              nodes[step.node]!,
              step.inputs.map((i) => nodes[i]!),
              step.work,
              note,
            );
          // More than 16 ways to one result are not kept; the events here stay below.
          const expected = settle(events.slice(0, count + 1), size);
          expect(nodes.map(({ cost }) => cost)).toEqual(expected);
          expect(told).toEqual(expected);
        }
      }),
      { numRuns: 500 },
    );
  });
});

type Event = { node: number; cost: number } | { node: number; inputs: number[]; work: number };

/** The plain way: relax everything until nothing changes. */
function settle(events: readonly Event[], size: number): number[] {
  const costs = new Array<number>(size).fill(Number.POSITIVE_INFINITY);
  for (let changed = true; changed; ) {
    changed = false;
    for (const event of events) {
      const cost =
        "cost" in event ? event.cost : [...new Set(event.inputs)].reduce((sum, i) => sum + costs[i]!, event.work);
      if (cost < costs[event.node]!) {
        costs[event.node] = cost;
        changed = true;
      }
    }
  }
  return costs;
}

test("the heap gives the smallest key first, whether made at once or one by one", () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.array(fc.integer()), (first, then) => {
      const heap = new MinHeap([...first], [...first]);
      for (const key of then) heap.push(key, key);
      const sorted = [...first, ...then].sort((a, b) => a - b);
      const taken: number[] = [];
      while (heap.size > 0) {
        expect(heap.key).toBe(sorted[taken.length]);
        taken.push(heap.pop()!);
      }
      expect(taken).toEqual(sorted);
      expect([heap.pop(), heap.key]).toEqual([undefined, undefined]);
    }),
  );
});
