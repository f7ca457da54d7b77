import { memoryStore } from "@seamless/store";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hashserverHandler } from "../src/hashserver/index.ts";
import { Shares } from "../src/hashserver/server/promises.ts";

describe("shares", () => {
  test("whoever holds most gives up what it has held longest", () => {
    const given: string[] = [];
    const shares = new Shares<string>(4, (thing) => void given.push(thing));
    for (const thing of ["a1", "a2", "a3", "a4", "b1", "a5", "c1", "c2", "b2"]) shares.add(thing[0]!, thing);
    expect(given).toEqual(["a1", "a2", "a3", "a4", "c1"]);
    // Held again: the newest now.
    shares.add("b", "b1");
    shares.add("b", "b3");
    expect(given.at(-1)).toBe("b2");
  });

  test("never more than the limit, and never from who holds less than others", () => {
    const step = fc.record({
      client: fc.constantFrom("a", "b", "c", "d"),
      thing: fc.integer({ min: 0, max: 30 }),
      remove: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.array(step, { maxLength: 100 }), (limit, steps) => {
        const model = new Map<string, number[]>();
        const shares = new Shares<number>(limit, (thing) => {
          const most = Math.max(...[...model.values()].map(({ length }) => length));
          const owners = [...model.values()].filter((things) => things.length === most && things[0] === thing);
          expect(owners.length).toBeGreaterThan(0);
          owners[0]!.shift();
        });
        for (const { client, thing: number, remove } of steps) {
          // Nobody holds what another one does.
          const thing = number * 4 + "abcd".indexOf(client);
          const things = model.get(client) ?? [];
          const others = things.filter((each) => each !== thing);
          model.set(client, remove ? others : [...others, thing]);
          if (remove) shares.delete(client, thing);
          else shares.add(client, thing);
          const held = [...model.values()].flat().length;
          expect([shares.size, held <= limit]).toEqual([held, true]);
        }
      }),
    );
  });

  test("of ten thousand clients: as fast as of one", () => {
    let given = 0;
    const shares = new Shares<object>(10_000, () => void given++);
    for (let i = 0; i < 100_000; i++) shares.add(`client ${i % 20_000}`, {});
    expect(given).toBe(90_000);
  });
});

const named = (number: number) => String(number).padStart(64, "0");

describe("promises", () => {
  test("by one client do not end those of another", async () => {
    const handler = hashserverHandler({ store: memoryStore(), writable: true, maxPromises: 100 });
    const promise = async (client: string, number: number) => {
      const request = { method: "PUT", url: `/promise/${named(number)}`, headers: {}, body: null, client };
      expect((await handler(request)).status).toBe(202);
    };
    const kept = async (numbers: readonly number[]) => {
      const body = new Blob([JSON.stringify(numbers.map(named))]).stream();
      const response = await handler({ method: "GET", url: "/has", headers: {}, body });
      return JSON.parse(new TextDecoder().decode(response.body as Uint8Array));
    };
    const honest = [1, 2, 3];
    for (const number of honest) await promise("honest", number);
    // Also not by being renewed by somebody who then makes too many.
    for (const number of honest) await promise("hostile", number);
    for (let i = 10; i < 1010; i++) await promise("hostile", i);
    expect(await kept(honest)).toEqual([true, true, true]);
    expect((await kept(Array.from({ length: 1000 }, (_, i) => i + 10))).filter(Boolean)).toHaveLength(97);
    await promise("late", 4);
    expect(await kept([4])).toEqual([true]);
  });

  test("are waited for by so many, and of the client that waits most the oldest gives up", async () => {
    const handler = hashserverHandler({ store: memoryStore(), writable: true, maxWaiting: 3 });
    await handler({ method: "PUT", url: `/promise/${named(1)}`, headers: {}, body: null });
    const answered: string[] = [];
    const controller = new AbortController();
    const wait = (client: string, name: string) => {
      const request = { method: "GET", url: `/${named(1)}`, headers: {}, body: null, client };
      const answer = handler({ ...request, signal: controller.signal });
      void answer.then(({ status, headers }) => answered.push(`${name} ${status} ${headers["retry-after"]}`));
      return answer;
    };
    const first = wait("a", "a1");
    for (const name of ["a2", "a3"]) void wait("a", name);
    const other = wait("b", "b1");
    await first;
    const fifth = wait("b", "b2");
    await new Promise((resolve) => setTimeout(resolve));
    expect(answered).toEqual(["a1 503 1", "a2 503 1"]);
    await handler({ method: "GET", url: "/healthcheck", headers: {}, body: null });
    controller.abort();
    expect([(await other).status, (await fifth).status]).toEqual([499, 499]);
  });
});
