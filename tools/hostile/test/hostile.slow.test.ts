import { SeamlessError } from "@seamless/checksum";
import { expect, test } from "vitest";
import { answerOf } from "../src/measure.mjs";
import { doAll } from "../src/pool.mjs";
import { readers } from "../src/readers.mjs";
import { measureRows } from "../src/rows.mjs";
import { allShapes } from "../src/shapes/index.mjs";
import { failures } from "../src/tables.mjs";

test("there are three hundred shapes, each of a name of its own and read by somebody", () => {
  const names = allShapes.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThanOrEqual(300);
  const unknown = allShapes.flatMap(({ readers: named }) => named.filter((reader) => !readers.has(reader)));
  expect(unknown).toEqual([]);
  expect(allShapes.filter(({ readers: named }) => named.length === 0)).toEqual([]);
});

test("shapes have about the size they are asked for", () => {
  const sizes = allShapes.map(({ name, make }) => [name, Buffer.from(make(100_000)).length] as const);
  expect(sizes.filter(([, size]) => size > 101_000)).toEqual([]);
});

test("each reader answers each with a value or an error about the input, in memory that grows as the input does", async () => {
  const rows = await measureRows({ size: 100_000 });
  expect(failures(rows)).toBe("");
  // Half a minute on an idle machine. What hangs is ended by the deadline of its row.
}, 600_000);

test("what hangs, dies or breaks its own rules is told apart", async () => {
  const task = { warmUp: 1, sizes: [1] };
  const tasks = [
    { ...task, shape: "json/nulls", reader: "nobody" },
    { ...task, shape: "json/nulls", reader: "plain" },
  ];
  const [died, answered] = await doAll(tasks, { processes: 1, deadline: 60_000 });
  expect(died).toEqual({ ended: "its process ended: 1" });
  expect(answered).toMatchObject({ measured: [{ answer: "value" }] });
  const [late] = await doAll([{ ...task, shape: "json/nulls", reader: "plain" }], { processes: 1, deadline: 0 });
  expect(late).toEqual({ ended: "no answer in 0 s" });
});

test("errors of others, long messages and blame on the caller are no answers", async () => {
  const answer = async (error: Error) => {
    const { fault } = await answerOf(() => Promise.reject(error), new Uint8Array());
    return fault;
  };
  expect(await answer(new RangeError("too much"))).toBe("no error of ours: RangeError: too much");
  expect(await answer(new SeamlessError("INVALID_ARGUMENT", "you"))).toBe("an error that is not about the input: you");
  expect(await answer(new SeamlessError("TOO_LARGE", "a".repeat(1_001)))).toBe("a message of 1001 characters");
  expect(await answer(new SeamlessError("TOO_LARGE", "it"))).toBeUndefined();
});
