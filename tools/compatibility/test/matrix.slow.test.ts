import { afterAll, beforeAll, expect, test } from "vitest";
import { unavailable } from "../../build/unavailable.ts";
import { type Bench, openBench } from "../src/bench.ts";
import { MissingToolError } from "../src/fetch-command.ts";
import { groups } from "../src/groups.ts";

const rows = groups.flatMap((group) => group.rows).flatMap((row) => ("inCi" in row && row.inCi === true ? [row] : []));

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, 300_000);
afterAll(() => bench?.close());

test("Node, Deno and Bun are among the rows that run each time", () => {
  expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining(["Node 22", "Node 24", "Deno", "Bun"]));
});

// More than the 300 s that a row has: it then says itself what took so long.
test.for(rows)("$name", { timeout: 330_000 }, async (row, { skip }) => {
  try {
    expect((await bench.run(row)).version).toMatch(/^\d+\.\d+/);
  } catch (error) {
    if (error instanceof MissingToolError) unavailable(skip, error.message);
    throw error;
  }
});
