import type { Reference } from "@seamless/checksum";
import { type CostClass, type ManualClock, manualClock } from "@seamless/store";
import fc from "fast-check";
import { expect, test } from "vitest";
import { BufferCache, type Disposal, defaultCosts } from "../src/index.ts";
import { fakeBuffer } from "./support/buffers.ts";

const SOFT = 300;
const HARD = 600;
// Some have the same length, one is empty, one is larger than a cap.
const LENGTHS = [0, 50, 50, 80, 100, 130, 200, 400];
const names = LENGTHS.map((_, i) => i);
/** Held here, so that the garbage collector takes none. */
const buffers = LENGTHS.map((length, i) => fakeBuffer(`${i}`, length));
const indexOf = new Map(buffers.map(({ checksum }, i) => [checksum.hex(), i]));

/** What the oracle knows of a buffer: told again in the plainest way. */
interface Known {
  registered: boolean;
  strong: boolean;
  counted: number;
  scratch: number;
  tempref: { interest: number; since: number; scratch: boolean } | undefined;
  writing: boolean;
}
type Fact = { node: number; cost: number } | { node: number; inputs: readonly number[]; cost: number };

/** The cache and what should be true of it. */
class Oracle {
  readonly clock: ManualClock = manualClock();
  readonly cache = new BufferCache({ clock: this.clock, softCap: SOFT, hardCap: HARD });
  readonly known: Known[] = names.map(() => ({
    registered: false,
    strong: false,
    counted: 0,
    scratch: 0,
    tempref: undefined,
    writing: false,
  }));
  /** Those whose reference was given back otherwise are marked, and not released. */
  readonly handles: { readonly reference: Reference; readonly i: number; readonly scratch: boolean; out: boolean }[] =
    [];
  readonly facts: Fact[] = [];
  readonly seen: Record<string, number> = {};
  costs = names.map(() => Number.POSITIVE_INFINITY);
  #evicted: number[] = [];
  /** What a listener throws never comes to whoever called the cache. */
  #failure: unknown;

  constructor() {
    this.cache.on("dispose", (disposal) => {
      try {
        this.#onDisposal(disposal);
      } catch (error) {
        this.#failure ??= error;
      }
    });
  }

  #onDisposal({ checksum, reason, length }: Disposal): void {
    const i = indexOf.get(checksum.hex())!;
    const one = this.known[i]!;
    this.seen[reason] = (this.seen[reason] ?? 0) + 1;
    expect(length).toBe(LENGTHS[i]);
    expect(one.strong, "only what is strong can go").toBe(true);
    one.strong = false;
    if (reason === "evicted") {
      expect(this.fixed(i), "the only copy of something, or what waits to be written").toBe(false);
      this.#evicted.push(this.loss(i));
    } else {
      if (reason === "faded") one.tempref = undefined;
      expect(this.held(i), "someone still wants it").toBe(false);
    }
  }

  held(i: number): boolean {
    const { counted, scratch, tempref, writing } = this.known[i]!;
    return counted + scratch > 0 || tempref !== undefined || writing;
  }

  fixed(i: number): boolean {
    const { counted, scratch, writing } = this.known[i]!;
    return writing || (counted + scratch > 0 && this.costs[i] === Number.POSITIVE_INFINITY);
  }

  loss(i: number): number {
    const { counted, scratch, tempref } = this.known[i]!;
    const steps = tempref === undefined ? 0 : Math.floor((this.clock.now() - tempref.since) / 2000);
    const interest = (counted + scratch) * 128 + (tempref === undefined ? 0 : tempref.interest / 2 ** steps);
    return (this.costs[i]! * interest) / LENGTHS[i]!;
  }

  /** After something may have made it strong. */
  wanted(i: number): void {
    const one = this.known[i]!;
    if (one.registered && this.held(i)) one.strong = true;
  }

  /** After a reference went. */
  less(i: number): void {
    // That it is no longer strong, its disposal has told.
    if (!this.held(i)) expect(this.known[i]!.strong).toBe(false);
  }

  learn(fact: Fact): void {
    this.facts.push(fact);
    for (let changed = true; changed; ) {
      changed = false;
      for (const one of this.facts) {
        const inputs = "inputs" in one ? [...new Set(one.inputs)] : [];
        const cost = inputs.reduce((sum, input) => sum + this.costs[input]!, one.cost);
        if (cost < this.costs[one.node]!) {
          this.costs[one.node] = cost;
          changed = true;
        }
      }
    }
  }

  /** Something that is done to the cache, and seen to by `check`. */
  act(action: () => void): void {
    this.#evicted = [];
    action();
  }

  check({ pass }: { pass: boolean }): void {
    if (this.#failure !== undefined) throw this.#failure;
    const { strong, weak, writing, evictable, references, pressure, temprefs } = this.cache.stats();
    const sum = (which: (one: Known, i: number) => boolean) => {
      const chosen = names.filter((i) => which(this.known[i]!, i));
      return { buffers: chosen.length, bytes: chosen.reduce((bytes, i) => bytes + LENGTHS[i]!, 0) };
    };
    expect(strong).toEqual(sum((one) => one.strong));
    expect(weak).toEqual(sum((one) => one.registered && !one.strong));
    expect(writing).toEqual(sum((one) => one.strong && one.writing));
    expect(evictable).toEqual(sum((one, i) => one.strong && !this.fixed(i)));
    expect(references).toBe(this.known.reduce((count, one) => count + one.counted + one.scratch, 0));
    expect(temprefs).toBe(this.known.filter((one) => one.tempref !== undefined).length);
    const fixedBytes = strong.bytes - evictable.bytes;
    expect(pressure?.fixedBytes).toBe(fixedBytes > SOFT ? fixedBytes : undefined);
    expect(pressure?.cap).toBe(fixedBytes > HARD ? "hard" : fixedBytes > SOFT ? "soft" : undefined);
    expect(strong.bytes <= HARD || pressure?.cap === "hard", "over the hard cap for no reason").toBe(true);
    if (pass) expect(strong.bytes <= SOFT || pressure !== undefined, "over the soft cap for no reason").toBe(true);
    for (const i of names) {
      const one = this.known[i]!;
      expect(this.cache.get(buffers[i]!.checksum)).toBe(one.registered ? buffers[i] : undefined);
      if (one.strong) expect(this.held(i), "held for nobody").toBe(true);
      if (one.registered && this.fixed(i)) expect(one.strong, "a referenced only copy was lost").toBe(true);
    }
    if (pressure !== undefined) this.seen["pressure"] = (this.seen["pressure"] ?? 0) + 1;
    this.#checkOrder();
  }

  /** What went in one pass went in order, and nothing that costs less to lose was left. */
  #checkOrder(): void {
    const { length } = this.#evicted;
    if (length === 0) return;
    for (const [k, loss] of this.#evicted.entries()) {
      if (k > 0) expect(loss).toBeGreaterThanOrEqual(this.#evicted[k - 1]! * (1 - 1e-9));
    }
    const highest = this.#evicted[length - 1]!;
    for (const i of names) {
      if (!this.known[i]!.strong || this.fixed(i) || LENGTHS[i] === 0) continue;
      expect(this.loss(i)).toBeGreaterThanOrEqual(highest * (1 - 1e-9));
    }
  }
}

type Step = (oracle: Oracle) => { pass: boolean };
const NO_PASS = { pass: false };
const which = fc.nat(LENGTHS.length - 1);
const onOne = (act: (oracle: Oracle, one: Known, i: number) => void) =>
  which.map<Step>((i) => (oracle) => {
    act(oracle, oracle.known[i]!, i);
    return NO_PASS;
  });
const checksumAt = (i: number) => buffers[i]!.checksum;

const register = onOne((oracle, one, i) => {
  one.registered = true;
  oracle.wanted(i);
  oracle.act(() => oracle.cache.register(buffers[i]!));
});

const incref = fc.tuple(which, fc.boolean()).map<Step>(([i, scratch]) => (oracle) => {
  oracle.known[i]![scratch ? "scratch" : "counted"]++;
  oracle.wanted(i);
  oracle.act(() => {
    oracle.handles.push({ reference: oracle.cache.incref(checksumAt(i), { scratch }), i, scratch, out: true });
  });
  return NO_PASS;
});

const release = fc.nat().map<Step>((pick) => (oracle) => {
  const out = oracle.handles.filter((handle) => handle.out);
  const handle = out[pick % Math.max(1, out.length)];
  if (handle === undefined) return NO_PASS;
  oracle.known[handle.i]![handle.scratch ? "scratch" : "counted"]--;
  handle.out = false;
  oracle.act(() => handle.reference.release());
  // A second time it does nothing.
  handle.reference.release();
  oracle.less(handle.i);
  return NO_PASS;
});

const tempref = fc.tuple(which, fc.constantFrom(1, 128, 1000), fc.boolean()).map<Step>(([i, interest, scratch]) => {
  return (oracle) => {
    const one = oracle.known[i]!;
    one.tempref = {
      interest: Math.max(interest, one.tempref?.interest ?? 0),
      since: oracle.clock.now(),
      scratch: scratch && (one.tempref?.scratch ?? true),
    };
    oracle.wanted(i);
    oracle.act(() => oracle.cache.tempref(checksumAt(i), { interest, scratch }));
    return NO_PASS;
  };
});

/** Interest 1 is below 1/128 after 8 intervals of 2 s, 128 after 15, 1000 after 17. */
const LIFETIMES = new Map([
  [1, 16_000],
  [128, 30_000],
  [1000, 34_000],
]);

const evict = fc.constant<Step>((oracle) => {
  oracle.act(() => oracle.cache.evict());
  return { pass: true };
});

/** Time passes only here, by whole periods of the timer: whatever has faded goes in the pass at their ends. */
const wait = fc.integer({ min: 1, max: 18 }).map<Step>((periods) => (oracle) => {
  for (let i = 0; i < periods; i++) {
    oracle.clock.advance(1999);
    for (const one of oracle.known) {
      if (one.tempref === undefined) continue;
      const end = one.tempref.since + LIFETIMES.get(one.tempref.interest)!;
      // Of a buffer that goes with it, the cache will tell.
      const goesToo = one.strong && one.counted + one.scratch === 0 && !one.writing;
      if (oracle.clock.now() + 1 >= end && !goesToo) one.tempref = undefined;
    }
    oracle.act(() => oracle.clock.advance(1));
    oracle.check({ pass: true });
  }
  return { pass: true };
});

const purge = fc.constant<Step>((oracle) => {
  for (const one of oracle.known) {
    one.scratch = 0;
    if (one.tempref?.scratch === true) one.tempref = undefined;
  }
  for (const handle of oracle.handles) if (handle.scratch) handle.out = false;
  oracle.act(() => oracle.cache.purgeScratch());
  return NO_PASS;
});

const write = fc.tuple(which, fc.boolean()).map<Step>(([i, writing]) => (oracle) => {
  oracle.known[i]!.writing = writing;
  if (writing) oracle.wanted(i);
  oracle.act(() => oracle.cache.markWriting(checksumAt(i), writing));
  oracle.less(i);
  return NO_PASS;
});

const store = fc.tuple(which, fc.constantFrom<CostClass>("folder", "local", "remote")).map<Step>(([i, costClass]) => {
  return (oracle) => {
    oracle.learn({ node: i, cost: defaultCosts.fetch(costClass, LENGTHS[i]!) });
    oracle.act(() => oracle.cache.markStored(checksumAt(i), costClass, LENGTHS[i]!));
    return NO_PASS;
  };
});

const record = fc
  .tuple(which, fc.array(which, { maxLength: 3 }), fc.option(fc.nat(100), { nil: undefined }))
  .map<Step>(([i, inputs, cpuSeconds]) => (oracle) => {
    oracle.learn({ node: i, inputs, cost: defaultCosts.recompute(cpuSeconds) });
    oracle.act(() => oracle.cache.recordTransformation(checksumAt(i), { inputs: inputs.map(checksumAt), cpuSeconds }));
    return NO_PASS;
  });

/** As a handle of it would be released, of a reference that is not scratch if there is one. */
const decref = which.map<Step>((i) => (oracle) => {
  const one = oracle.known[i]!;
  if (one.counted + one.scratch === 0) {
    expect(() => oracle.cache.decref(checksumAt(i))).toThrow(expect.objectContaining({ code: "INVALID_STATE" }));
    return NO_PASS;
  }
  const scratch = one.counted === 0;
  one[scratch ? "scratch" : "counted"]--;
  oracle.handles.find((handle) => handle.out && handle.i === i && handle.scratch === scratch)!.out = false;
  oracle.act(() => oracle.cache.decref(checksumAt(i)));
  oracle.less(i);
  return NO_PASS;
});

const step = fc.oneof(
  { weight: 4, arbitrary: register },
  { weight: 4, arbitrary: incref },
  { weight: 3, arbitrary: tempref },
  { weight: 2, arbitrary: release },
  { weight: 2, arbitrary: store },
  { weight: 2, arbitrary: write },
  { weight: 2, arbitrary: wait },
  record,
  decref,
  evict,
  purge,
);

test("after every operation the cache is as an oracle says, and every eviction is in order", () => {
  const seen: Record<string, number> = {};
  fc.assert(
    fc.property(fc.array(step, { minLength: 50, maxLength: 300, size: "max" }), (steps) => {
      const oracle = new Oracle();
      for (const one of steps) oracle.check(one(oracle));
      oracle.cache.close();
      for (const [what, count] of Object.entries(oracle.seen)) seen[what] = (seen[what] ?? 0) + count;
    }),
    { numRuns: 120 },
  );
  // The sequences get everywhere.
  for (const what of ["released", "faded", "evicted", "pressure"]) expect(seen[what], what).toBeGreaterThan(100);
});
