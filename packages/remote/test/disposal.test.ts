import { memoryStore } from "@seamless/store";
import { expect, test } from "vitest";
import { hashserverStore } from "../src/hashserver/index.ts";
import { createHashserver } from "../src/hashserver/node/server.ts";
import { tieredStore } from "../src/tiered/tiered-store.ts";

/** Counts how often something is closed. */
function closing() {
  let closed = 0;
  const close = async () => {
    closed++;
  };
  return { store: { ...memoryStore(), close }, closed: () => closed };
}

test("tiers are closed at the end of the block that uses them", async () => {
  const { store, closed } = closing();
  {
    await using tiered = tieredStore([store]);
    expect(tiered.name).toContain(store.name);
  }
  expect(closed()).toBe(1);
});

test("a server and the store of one are closed, too: the store asks for nothing more, and nothing answers", async () => {
  const server = createHashserver({ store: memoryStore() });
  const { url } = await server.listen({ port: 0 });
  const store = hashserverStore(url);
  {
    await using _server = server;
    await using _store = store;
    await store.checkHealth();
  }
  await expect(store.checkHealth()).rejects.toMatchObject({
    code: "STORE_FAILED",
    message: expect.stringContaining("closed"),
  });
  expect(server.server.listening).toBe(false);
});
