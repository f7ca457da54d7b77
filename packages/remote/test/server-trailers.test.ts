import { memoryStore } from "@seamless/store";
import { expect, test } from "vitest";
import { aiohttp, rawClient } from "./support/raw-client.ts";
import { sample } from "./support/sample.ts";
import { serve } from "./support/server-fixture.ts";

const A = sample(1000, 1);

async function putWithTrailers(trailers: string): Promise<number> {
  const { port, errors } = await serve({ store: memoryStore(), writable: true });
  const client = await rawClient(port);
  await client.write(aiohttp("PUT", `/${A.checksum.hex()}`, port, { "Transfer-Encoding": "chunked" }));
  await client.write("3e8\r\n", A.bytes, "\r\n0\r\n");
  // Not waited for: the connection may end before all of it is taken.
  void client.write(`${trailers}\r\n`);
  const { status } = await client.response();
  expect(errors).toEqual([]);
  return status;
}

test("trailers have the limit of headers", async () => {
  expect(await putWithTrailers("")).toBe(200);
  expect(await putWithTrailers("X-A: b\r\n".repeat(100))).toBe(200);
  expect(await putWithTrailers(`X-A: ${"b".repeat(100_000)}\r\n`)).toBe(431);
  expect(await putWithTrailers("X-A: b\r\n".repeat(1_000_000))).toBe(431);
});
