import { Buffer } from "@seamless/celltypes";
import { manualClock } from "@seamless/store";
import fc from "fast-check";
import { expect, test } from "vitest";
import { BufferCache, type Disposal } from "../src/index.ts";

const SOFT = 1000;
const HARD = 2000;
/** Held by the test all the while, so that the garbage collector has no say in what is registered. */
const buffers = Array.from({ length: 8 }, (_, i) => new Buffer(new Uint8Array(100 * (i + 1)).fill(i), { copy: false }));
const checksums = buffers.map((buffer) => buffer.getChecksum());

/** What the test knows of one buffer. */
interface Known {
  registered: boolean;
  counted: number;
  scratch: number;
  stored: boolean;
  recomputable: boolean;
  writing: boolean;
}

type Step = (cache: BufferCache, known: Known[], clock: ReturnType<typeof manualClock>) => void;

const which = fc.nat(buffers.length - 1);
const on = (step: (cache: BufferCache, one: Known, i: number) => void) =>
  which.map<Step>((i) => (cache, known) => step(cache, known[i]!, i));

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: on((cache, one, i) => {
      cache.register(buffers[i]!);
      one.registered = true;
    }),
  },
  {
    weight: 4,
    arbitrary: on((cache, one, i) => {
      cache.incref(checksums[i]!);
      one.counted++;
    }),
  },
  on((cache, one, i) => {
    cache.incref(checksums[i]!, { scratch: true });
    one.scratch++;
  }),
  {
    weight: 4,
    arbitrary: on((cache, one, i) => {
      if (one.counted > 0) {
        one.counted--;
        cache.decref(checksums[i]!);
      } else if (one.scratch > 0) {
        one.scratch--;
        cache.decref(checksums[i]!, { scratch: true });
      } else {
        // One too many is reported, and counts nothing.
        expect(() => cache.decref(checksums[i]!)).toThrow(expect.objectContaining({ code: "INVALID_STATE" }));
      }
    }),
  },
  { weight: 3, arbitrary: on((cache, _, i) => cache.tempref(checksums[i]!)) },
  on((cache, one, i) => {
    // Known first: what may be evicted from now on may be evicted at once.
    one.stored = true;
    cache.markStored(checksums[i]!, "remote", buffers[i]!.length);
  }),
  on((cache, one, i) => {
    if (i === 0) return;
    one.recomputable = true;
    cache.recordTransformation(checksums[i]!, { inputs: [checksums[0]!], cpuSeconds: 1 });
  }),
  on((cache, one, i) => {
    if (!one.registered) return;
    one.writing = !one.writing;
    cache.markWriting(checksums[i]!, one.writing);
  }),
  fc.constant<Step>((cache) => cache.evict()),
  fc.integer({ min: 1, max: 60_000 }).map<Step>((ms) => (_cache, _known, clock) => clock.advance(ms)),
);

test("after every operation the cache is in order, and no referenced only copy is lost", () => {
  const seen = { evicted: 0, faded: 0, released: 0, collected: 0, pressure: 0 };
  fc.assert(
    fc.property(fc.array(steps, { minLength: 20, maxLength: 120 }), (sequence) => {
      const clock = manualClock();
      const cache = new BufferCache({ softCap: SOFT, hardCap: HARD, clock });
      const known = buffers.map<Known>(() => ({
        registered: false,
        counted: 0,
        scratch: 0,
        stored: false,
        recomputable: false,
        writing: false,
      }));
      cache.on("dispose", ({ checksum, reason }: Disposal) => {
        const one = known[checksums.findIndex((other) => other.equals(checksum))]!;
        seen[reason]++;
        if (reason !== "evicted") return;
        expect(one.writing, "a buffer that waits to be written was evicted").toBe(false);
        // The first buffer is what all the others are made of.
        const elsewhere = one.stored || (one.recomputable && (known[0]!.stored || known[0]!.registered));
        expect(one.counted + one.scratch === 0 || elsewhere, "a referenced only copy was evicted").toBe(true);
      });
      for (const step of sequence) {
        step(cache, known, clock);
        check(cache, known);
      }
      cache.evict();
      const { strong, pressure } = cache.stats();
      expect(strong.bytes <= SOFT || pressure !== undefined).toBe(true);
      if (pressure !== undefined) seen.pressure++;
      cache.close();
    }),
    { numRuns: 500 },
  );
  // The sequences get somewhere: each of these happened.
  for (const what of ["evicted", "faded", "released", "pressure"] as const) expect(seen[what], what).toBeGreaterThan(0);
});

function check(cache: BufferCache, known: readonly Known[]): void {
  const { strong, weak, evictable, references, pressure } = cache.stats();
  const registered = known.flatMap((one, i) => (one.registered ? [buffers[i]!.length] : []));
  // Each is in one half, and in one only.
  expect(strong.buffers + weak.buffers).toBe(registered.length);
  expect(strong.bytes + weak.bytes).toBe(registered.reduce((sum, length) => sum + length, 0));
  expect(evictable.bytes).toBeLessThanOrEqual(strong.bytes);
  expect(references).toBe(known.reduce((sum, one) => sum + one.counted + one.scratch, 0));
  expect(strong.bytes <= HARD || pressure !== undefined).toBe(true);
  for (const [i, one] of known.entries()) if (one.registered) expect(cache.get(checksums[i]!)).toBe(buffers[i]);
}
