import { rmSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { expect, test } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { hashserverHandler, hashserverStore } from "../src/hashserver/index.ts";
import { createHashserver } from "../src/hashserver/node/server.ts";
import { fileOf, plant } from "./support/folder.ts";
import { sample } from "./support/sample.ts";
import { FAST, startServer } from "./support/server.ts";
import { tempDir } from "./support/temp.ts";

test.each([1000, 200_000])("what another tool is writing is waited for: %i bytes", async (length) => {
  const folder = tempDir();
  const { bytes, checksum } = sample(length);
  const handler = hashserverHandler({ store: directoryStore(folder) });
  plant(fileOf(folder, checksum), bytes.subarray(0, 500));
  plant(fileOf(folder, checksum, ".LOCK"), "");
  const answering = handler({ method: "GET", url: `/${checksum.hex()}`, headers: {}, body: null });
  await new Promise((resolve) => setTimeout(resolve, 80));
  plant(fileOf(folder, checksum), bytes);
  rmSync(fileOf(folder, checksum, ".LOCK"));
  const { status, body } = await answering;
  expect(status).toBe(200);
  expect(new Uint8Array(await new Response(body as BodyInit).arrayBuffer())).toHaveLength(length);
});

test("a promise of the buffer without bytes keeps nobody from asking for it", async () => {
  const server = await startServer({ store: directoryStore(tempDir()), writable: true });
  const store = hashserverStore(server.url, { ...FAST, timeouts: { headers: 3000 } });
  const empty = sample(0);
  await store.promise(empty.checksum);
  expect([await store.has([empty.checksum]), await store.lengths([empty.checksum])]).toEqual([[false], [undefined]]);
  await store.put(empty.checksum, empty.bytes);
  expect(await store.lengths([empty.checksum])).toEqual([0]);
  await store.close();
  await server.close();
});

test("a server on all addresses goes by each of them, and by no other name", async () => {
  const server = createHashserver({ store: directoryStore(tempDir()), writable: true });
  const { port } = await server.listen({ port: 0, host: "0.0.0.0" });
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const addresses = all.filter(({ family }) => family === "IPv4").map(({ address }) => address);
  expect(addresses.length).toBeGreaterThan(0);
  const status = async (host: string) => {
    const { default: http } = await import("node:http");
    return new Promise((resolve, reject) => {
      const headers = { host: `${host}:${port}` };
      http
        .get({ host: "127.0.0.1", port, path: "/healthcheck", headers, agent: false }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
        .on("error", reject);
    });
  };
  for (const address of addresses) expect(await status(address)).toBe(200);
  expect(await status("evil.example")).toBe(421);
  await server.close({ timeout: 0 });
});
