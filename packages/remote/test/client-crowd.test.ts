import type * as timers from "@seamless/internal/timers";
import { expect, onTestFinished, test, vi } from "vitest";
import { openStore } from "./support/client-store.ts";
import { http, rawServer } from "./support/raw-server.ts";
import { sample } from "./support/sample.ts";

const waited = vi.hoisted(() => ({ times: [] as number[] }));
vi.mock("@seamless/internal/timers", async (load) => {
  const { sleep, ...others } = await load<typeof timers>();
  const counted = (ms: number, signal?: AbortSignal) => {
    waited.times.push(ms);
    return sleep(ms / 100, signal);
  };
  return { ...others, sleep: counted };
});

const { bytes, checksum } = sample(1000);

test("clients that were turned away together come back one by one, or each would be turned away for another", async () => {
  let busy = 20;
  const server = await rawServer(({ method }) => (method === "PUT" ? http(busy-- > 0 ? 202 : 200) : http(404)));
  const clients = Array.from({ length: 20 }, () => openStore(server.url));
  onTestFinished(async () => void (await Promise.all(clients.map((client) => client.close()))));
  await Promise.all(clients.map((client) => client.put(checksum, bytes)));
  const first = waited.times.slice(0, 20);
  expect(new Set(first).size).toBe(20);
  for (const time of first) expect(time).toBeGreaterThanOrEqual(50);
  for (const time of first) expect(time).toBeLessThan(150);
});
