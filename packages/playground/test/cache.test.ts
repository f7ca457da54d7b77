import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULTS, readSettings, type Settings, SLIDERS, withSetting, writeSettings } from "../src/cache/settings.ts";
import { Simulation } from "../src/cache/simulation.ts";
import { TOYS } from "../src/cache/toys.ts";

const open = (settings: Partial<Settings> = {}) => new Simulation({ ...DEFAULTS, ...settings }, () => {});
/** The names of those that are held. */
const held = (simulation: Simulation) =>
  simulation.buffers
    .filter(({ isStrong }) => isStrong)
    .map(({ name }) => name)
    .join("");
const add = (simulation: Simulation, count: number) => {
  for (let i = 0; i < count; i++) simulation.add();
};
/** What is shown is what the cache has. */
function expectShown(simulation: Simulation): void {
  const { strong, references } = simulation.stats;
  const buffers = simulation.buffers.filter(({ isStrong }) => isStrong);
  expect(buffers.length).toBe(strong.buffers);
  expect(buffers.reduce((total, { size }) => total + size, 0) * 1e6).toBe(strong.bytes);
  expect(simulation.buffers.reduce((total, each) => total + each.references, 0)).toBe(references);
}

describe("the simulation", () => {
  test("a pass evicts what costs least per GB, down to the soft cap, and the log says why", () => {
    const simulation = open();
    add(simulation, 5);
    expect(held(simulation)).toBe("ABCDE");
    simulation.advance(2000);
    // A, of 80 MB in a local folder, is cheaper to have again than E, and 310 MB are still too much.
    expect(held(simulation)).toBe("BCD");
    expect(simulation.log.slice(0, 2).map(({ kind, name }) => `${kind} ${name}`)).toEqual(["evicted E", "evicted A"]);
    expect(simulation.log[1]!.text).toBe(
      "A (80 MB) is evicted: 390 MB were held, over the soft cap of 300 MB; losing it costs the least, 64 units per GB.",
    );
    expectShown(simulation);
  });

  test("over the hard cap it evicts at once", () => {
    const simulation = open();
    add(simulation, 7);
    expect(simulation.now).toBe(0);
    expect(simulation.log[0]).toMatchObject({ at: 0, kind: "evicted" });
    expect(simulation.log.at(-8)!.text).toContain("over the hard cap of 450 MB");
    expectShown(simulation);
  });

  test("interest fades, and with it the hold", () => {
    const simulation = open({ interest: 1, fadeInterval: 1 });
    simulation.add();
    expect(simulation.buffers[0]).toMatchObject({ isStrong: true, interest: 1, freshness: 1 });
    simulation.advance(3000);
    expect(simulation.buffers[0]).toMatchObject({ isStrong: true, interest: 1 / 8 });
    simulation.advance(5000);
    expect(simulation.buffers[0]).toMatchObject({ isStrong: false, interest: 0, freshness: 0 });
    expect(simulation.log[0]).toMatchObject({ at: 8000, kind: "faded", name: "A" });
  });

  test("a reference holds until it is given back", () => {
    const simulation = open({ interest: 1, fadeInterval: 0.5 });
    simulation.add();
    simulation.incref("A");
    simulation.advance(60_000);
    expect(held(simulation)).toBe("A");
    simulation.decref("A");
    expect(held(simulation)).toBe("");
    expect(simulation.log[0]).toMatchObject({ kind: "released" });
    expect(simulation.log.slice(1, 3).map(({ text }) => text)).toEqual([
      "A: a counted reference is given back, 0 left.",
      "A: a counted reference is taken, 1 now.",
    ]);
    simulation.tempref("A");
    expect(simulation.log[0]!.text).toBe("A: a fading reference is taken; it is held again.");
    simulation.tempref("A");
    expect(simulation.log[0]!.text).toBe("A: its fading reference starts again.");
    // There is none to give back.
    simulation.decref("A");
    expect(simulation.buffers[0]!.references).toBe(0);
  });

  test("an only copy with a reference stays, and makes pressure", () => {
    const simulation = open({ softCap: 50, hardCap: 450 });
    add(simulation, 4);
    simulation.incref("D");
    simulation.incref("C");
    simulation.advance(2000);
    expect(held(simulation)).toBe("D");
    const other = open({ softCap: 50, hardCap: 60 });
    add(other, 9);
    for (const name of ["D", "I"]) other.incref(name);
    other.advance(10_000);
    expect(held(other)).toBe("DI");
    expect(other.log.filter(({ kind }) => kind === "pressure")).toHaveLength(1);
    expect(other.log.find(({ kind }) => kind === "pressure")!.text).toContain(
      "110 MB may not be evicted, over the hard cap",
    );
  });

  test("other caps: another cache takes over what was held, with its references", () => {
    const simulation = open();
    add(simulation, 4);
    simulation.incref("B");
    simulation.configure({ ...DEFAULTS, softCap: 500, hardCap: 500 });
    expect(held(simulation)).toBe("ABCD");
    expect(simulation.stats).toMatchObject({ softCap: 500e6, references: 1, temprefs: 4 });
    simulation.configure({ ...DEFAULTS, softCap: 100, hardCap: 100 });
    expectShown(simulation);
    expect(simulation.stats.strong.bytes).toBeLessThanOrEqual(100e6);
    simulation.decref("B");
    expectShown(simulation);
  });

  test("whatever is done, it shows what the cache has, and the cheapest have gone", () => {
    const name = fc.nat({ max: TOYS.length - 1 });
    const action = fc.oneof(
      { weight: 3, arbitrary: fc.constant({ do: "add" } as const) },
      { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("incref", "decref", "tempref"), at: name }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant("pass" as const), passes: fc.integer({ min: 1, max: 6 }) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("caps" as const), soft: fc.integer({ min: 5, max: 40 }) }) },
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const simulation = open();
        for (const each of actions) {
          const logged = simulation.log[0]?.id ?? 0;
          if (each.do === "add") simulation.add();
          else if (each.do === "caps") {
            const softCap = each.soft * 10;
            simulation.configure({ ...DEFAULTS, softCap, hardCap: softCap + 100 });
          } else if (each.do === "pass") {
            for (let i = 0; i < each.passes; i++) expectCheapestGone(simulation);
          } else if (simulation.buffers[each.at] !== undefined) simulation[each.do](TOYS[each.at]!.name);
          expectShown(simulation);
          expect(simulation.log[0]?.id ?? 0).toBeGreaterThanOrEqual(logged);
        }
        simulation.close();
      }),
    );
  });

  /** One pass: time stands at it afterwards, so that interest and losses are those of the pass. */
  function expectCheapestGone(simulation: Simulation): void {
    const from = simulation.log[0]?.id ?? 0;
    simulation.advance(2000);
    const evicted = simulation.log.filter(({ id, kind }) => id > from && kind === "evicted").map((entry) => entry.name);
    const { buffers } = simulation;
    const lossOf = (one: string | undefined) => buffers.find((buffer) => buffer.name === one)!.lossPerGigabyte;
    const losses = evicted.map(lossOf);
    // The newest first.
    expect(losses).toEqual(losses.toSorted((a, b) => b - a));
    const mayGo = buffers.filter(
      ({ isStrong, origin, references }) => isStrong && !(origin === undefined && references > 0),
    );
    for (const { lossPerGigabyte } of mayGo) expect(lossPerGigabyte).toBeGreaterThanOrEqual(losses[0] ?? 0);
    const { strong, softCap } = simulation.stats;
    if (strong.bytes > softCap) expect(mayGo).toEqual([]);
  }
});

describe("settings", () => {
  test("go into the address and come back; what is none, or cannot be set, does not", () => {
    expect(writeSettings(DEFAULTS)).toBeUndefined();
    const settings = { softCap: 120, hardCap: 800, interest: 1024, fadeInterval: 0.5 };
    expect(readSettings(writeSettings(settings))).toEqual(settings);
    for (const text of [undefined, "", "1-2-3", "300-450-128", "450-300-128-2", "300-450-128-NaN", "0-450-128-2"]) {
      expect(readSettings(text), text).toEqual(DEFAULTS);
    }
    for (const text of ["300-450-1e9-2", "300-450-0-2", "300-450-128-2-1", "Infinity-Infinity-128-2", "-"]) {
      expect(readSettings(text), text).toEqual(DEFAULTS);
    }
  });

  test("a cap takes the other one along", () => {
    expect(withSetting(DEFAULTS, "softCap", 500)).toMatchObject({ softCap: 500, hardCap: 500 });
    expect(withSetting(DEFAULTS, "hardCap", 200)).toMatchObject({ softCap: 200, hardCap: 200 });
    expect(withSetting(DEFAULTS, "interest", 1024)).toEqual({ ...DEFAULTS, interest: 1024 });
  });

  test("every slider has a position for what the page begins with", () => {
    for (const { setting, min, max, positionOf, valueAt } of SLIDERS) {
      const position = positionOf(DEFAULTS[setting]);
      expect(position).toBeGreaterThanOrEqual(min);
      expect(position).toBeLessThanOrEqual(max);
      expect(valueAt(position)).toBe(DEFAULTS[setting]);
    }
  });
});
