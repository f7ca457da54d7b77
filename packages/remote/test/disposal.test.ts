import { memoryStore, type Store } from "@seamless/store";
import { expect, test } from "vitest";
import { type DirectoryStore, directoryStore } from "../src/directory/index.ts";
import { hashserverStore } from "../src/hashserver/index.ts";
import { createHashserver } from "../src/hashserver/node/server.ts";
import { openStore } from "../src/open-store.ts";
import { tieredStore } from "../src/tiered/tiered-store.ts";
import { sample } from "./support/sample.ts";
import { tempDir } from "./support/temp.ts";

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

test("a store that was opened by its URL is closed, and a folder", async () => {
  const server = createHashserver({ store: memoryStore() });
  await using _server = server;
  const { url } = await server.listen({ port: 0 });
  const { bytes, checksum } = sample(10);
  let opened: Store;
  {
    await using store = await openStore(url);
    expect(await store.has([checksum])).toEqual([false]);
    opened = store;
  }
  const closedError = { code: "STORE_FAILED", message: expect.stringContaining("closed") };
  await expect(opened.has([checksum])).rejects.toMatchObject(closedError);
  await using folder = await openStore(tempDir());
  await folder.put(checksum, bytes);
  await using directory: DirectoryStore = directoryStore(folder.name);
  expect(await directory.get(checksum)).toEqual(bytes);
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
