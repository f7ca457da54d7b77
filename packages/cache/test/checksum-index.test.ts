import { Checksum } from "@seamless/checksum";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asChecksum, ChecksumIndex, NONE, type Slot } from "../src/cache/checksum-index.ts";
import { ANNOUNCED, EntryColumns, FADES, STORED, WRITING } from "../src/cache/entry-columns.ts";
import { checksumOf } from "./support/buffers.ts";

/** Few first words, so that most collide; and all digits, at both ends of what a word can be. */
const hexes = ["00000000", "ffffffff", "9abcdef0"].flatMap((word) =>
  Array.from({ length: 12 }, (_, i) => `${word}${i.toString(16).padStart(56, "0")}`),
);
const which = fc.nat(hexes.length - 1);

test("the index agrees with a Map, also where all collide, and grows and shrinks", () => {
  const step = fc.record({ i: which, what: fc.constantFrom("add", "delete", "renumber") });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const index = new ChecksumIndex();
      let keyed: (Checksum | undefined)[] = [];
      const known = new Map<string, Slot>();
      for (const { i, what } of steps) {
        const checksum = new Checksum(hexes[i]!);
        const slot = known.get(checksum.hex());
        if (what === "add" && slot === undefined) {
          known.set(checksum.hex(), keyed.length);
          index.add(checksum, keyed.length);
          keyed.push(checksum);
        } else if (what === "delete" && slot !== undefined) {
          index.delete(checksum, slot);
          known.delete(checksum.hex());
        } else if (what === "renumber") {
          // Backwards, and without gaps.
          const order = [...known.values()].sort((a, b) => b - a);
          const numbers = new Int32Array(keyed.length);
          for (const [to, from] of order.entries()) numbers[from] = to;
          index.renumber(numbers);
          for (const [hex, from] of known) known.set(hex, numbers[from]!);
          keyed = order.map((from) => keyed[from]);
        }
        for (const hex of hexes) expect(index.find(new Checksum(hex), keyed, 1)).toBe(known.get(hex) ?? NONE);
      }
    }),
    { numRuns: 100 },
  );
});

test("a checksum of an older copy of the package, hex digits and bytes become one of this", () => {
  const checksum = checksumOf("a");
  expect(asChecksum(checksum)).toBe(checksum);
  const older = { hex: () => checksum.hex(), [Symbol.for("@seamless/checksum")]: true } as unknown as Checksum;
  for (const like of [older, checksum.hex(), checksum.bytes()]) expect(asChecksum(like).equals(checksum)).toBe(true);
  expect(() => asChecksum(undefined as unknown as Checksum)).toThrow(
    expect.objectContaining({ code: "INVALID_ARGUMENT" }),
  );
});

/** What `Entries` does with columns, without the rest. */
class Columns extends EntryColumns {
  override add(checksum: Checksum): Slot {
    return super.add(checksum);
  }
  override remove(slot: Slot): void {
    super.remove(slot);
  }
}

/** So many references and the flags together take more than 32 bits. */
const MANY = 2 ** 25 + 2;
const checksums = Array.from({ length: 2000 }, (_, i) => checksumOf(`${i}`));

describe("the columns", () => {
  test("give slots again that are free, but not while somebody goes on with them", () => {
    const columns = new Columns();
    const slots = checksums.slice(0, 3).map((checksum) => columns.add(checksum));
    columns.keepSlots(() => {
      columns.remove(slots[1]!);
      expect(columns.find(checksums[1]!)).toBe(NONE);
      expect(slots).not.toContain(columns.add(checksums[3]!));
    });
    expect(columns.add(checksums[4]!)).toBe(slots[1]);
    expect(columns.find(checksums[4]!)).toBe(slots[1]);
  });

  test("move together when most are free, with all that they hold, in the order of their age", () => {
    const columns = new Columns();
    for (const checksum of checksums) columns.add(checksum);
    const kept = checksums.filter((_, i) => i % 10 === 3);
    for (const checksum of checksums) if (!kept.includes(checksum)) columns.remove(columns.find(checksum));
    for (const [i, checksum] of kept.entries()) {
      const slot = columns.find(checksum);
      columns.setLength(slot, i);
      columns.setCost(slot, i / 2);
      for (let n = 0; n < i % 3; n++) columns.take(slot, false);
      columns.setScratch(slot, i % 5);
      columns.mark(slot, STORED, i % 2 === 1);
    }
    const moved: Slot[] = [];
    columns.keepSlots(() => columns.compact(() => expect.unreachable("somebody goes on with slots")));
    columns.compact((from, to) => {
      expect(to).toBeLessThan(from);
      moved.push(to);
    });
    expect(moved).toHaveLength(kept.length);
    expect(columns.all(() => true).map((slot) => columns.checksum(slot))).toEqual(kept);
    for (const [i, checksum] of kept.entries()) {
      const slot = columns.find(checksum);
      const { length, cost, counted, scratch } = {
        length: columns.lengthOf(slot),
        cost: columns.cost(slot),
        counted: columns.counted(slot),
        scratch: columns.scratch(slot),
      };
      expect([length, cost, counted, scratch]).toEqual([i, i / 2, i % 3, i % 5]);
      expect(columns.has(slot, STORED)).toBe(i % 2 === 1);
    }
    // Those that come next find room, and are the youngest.
    const slot = columns.add(checksumOf("new"));
    expect(columns.all(() => true).at(-1)).toBe(slot);
  });

  test("count references beyond 32 bits, and leave the flags beside them alone", () => {
    const columns = new Columns();
    const slot = columns.add(checksumOf("a"));
    columns.mark(slot, STORED, true);
    expect([columns.take(slot, false), columns.take(slot, false)]).toEqual([true, false]);
    for (let n = 2; n < MANY; n++) columns.take(slot, false);
    columns.mark(slot, WRITING, true);
    columns.mark(slot, ANNOUNCED, true);
    columns.mark(slot, STORED, false);
    columns.mark(slot, STORED, false);
    expect(columns.giveBack(slot, false)).toBe(true);
    expect(columns.counted(slot)).toBe(MANY - 1);
    expect([WRITING, ANNOUNCED, STORED, FADES].map((flag) => columns.has(slot, flag))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    // Scratch references beyond 31 bits are not counted, and keep what they hold until they are purged.
    columns.setScratch(slot, 2 ** 31 - 2);
    columns.take(slot, true);
    columns.take(slot, true);
    expect([columns.giveBack(slot, true), columns.scratch(slot)]).toEqual([true, 2 ** 31 - 1]);
    columns.setScratch(slot, 0);
    expect(columns.giveBack(slot, true)).toBe(false);
  });
});
