import { BackgroundWriter, BufferCache } from "@seamless/cache";
import { Buffer } from "@seamless/celltypes";
import { manualClock, type Store } from "@seamless/store";
import { expect, onTestFinished, test } from "vitest";
import { failure, openStore } from "./support/client-store.ts";
import { http, rawServer } from "./support/raw-server.ts";

/**
 * PUTs until the background writer gives up a server that always answers with one status, and attempts of the writer:
 * in one of these, the client sends a buffer twice where it takes the status for one that passes.
 */
async function puts(status: number): Promise<{ puts: number; attempts: number }> {
  const server = await rawServer(async ({ body }) => {
    await body();
    return http(status);
  });
  const clock = manualClock();
  const cache = new BufferCache({ clock });
  const store = openStore(server.url, { retries: { count: 1 } });
  let attempts = 0;
  const counted: Store = {
    ...store,
    put(...args) {
      attempts++;
      return store.put(...args);
    },
  };
  const writer = new BackgroundWriter({ cache, stores: [counted], clock, patience: 60_000, random: () => 0 });
  onTestFinished(() => cache.close());
  const buffer = new Buffer("hello", "text");
  cache.register(buffer);
  cache.incref(buffer.getChecksum());
  let over = false;
  const flushed = failure(writer.flush()).finally(() => {
    over = true;
  });
  while (!over) {
    if (writer.stats().inFlight === 0) clock.advance(60_000);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(await flushed).toMatchObject({ code: "STORE_FAILED" });
  return { puts: server.requests.length, attempts };
}

test.each([400, 401, 403, 404, 405, 410, 413, 415, 418, 421, 422, 451, 501])(
  "status %i does not pass: the background writer sends a buffer once, and so does the client",
  async (status) => {
    expect(await puts(status)).toEqual({ puts: 1, attempts: 1 });
  },
);

test.each([408, 425, 429, 500, 502, 503, 504, 507])("status %i may pass: both try again", async (status) => {
  const { puts: all, attempts } = await puts(status);
  expect(attempts).toBeGreaterThan(1);
  expect(all).toBe(2 * attempts);
});
