import { createRuntime } from "@seamless/cache";
import { Buffer as SeamlessBuffer } from "@seamless/celltypes";
import { describe, expect, test } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { openStore, until } from "./support/client-store.ts";
import { fileOf, plant } from "./support/folder.ts";
import { aiohttp, rawClient } from "./support/raw-client.ts";
import { chunksOf, sample } from "./support/sample.ts";
import { serve } from "./support/server-fixture.ts";
import { tempDir } from "./support/temp.ts";

const LIMIT = { timeout: 20_000 };
const SMALL = sample(1_000);
const LARGE = sample(3 * 2 ** 20);
type Sample = typeof SMALL;

/** A server of ours before a folder, with a corrupt copy, and somebody who has begun to upload the buffer and does not go on. */
async function besieged({ checksum, bytes }: Sample) {
  const folder = tempDir();
  const store = directoryStore(folder);
  const wrong = bytes.with(0, 1 ^ bytes[0]!);
  plant(fileOf(folder, checksum), wrong);
  let begun = 0;
  const counted = {
    ...store,
    has: (...asked: Parameters<typeof store.has>) => {
      begun++;
      return store.has(...asked);
    },
  };
  const { url, port } = await serve({ store: counted, writable: true });
  const idle = await rawClient(port);
  await idle.write(
    aiohttp("PUT", `/${checksum.hex()}`, port, { "Content-Length": bytes.byteLength }),
    Buffer.from([1]),
  );
  await until(() => begun > 0);
  const [found] = await store.check([checksum]);
  expect(found).toBe("corrupt");
  return { url, verdict: async () => (await store.check([checksum]))[0] };
}

describe("a corrupt copy, and an idle upload of the same buffer: put succeeds when the copy is right", () => {
  test("bytes", LIMIT, async () => {
    const { url, verdict } = await besieged(SMALL);
    await openStore(url).put(SMALL.checksum, SMALL.bytes);
    expect(await verdict()).toBe("ok");
  });

  test("a long stream, of which little has been taken", LIMIT, async () => {
    const { url, verdict } = await besieged(LARGE);
    const halves = chunksOf(LARGE.bytes.subarray(0, 2e6), LARGE.bytes.subarray(2e6));
    await openStore(url).putStream(LARGE.checksum, halves);
    expect(await verdict()).toBe("ok");
  });

  test("what a runtime writes", LIMIT, async () => {
    const buffer = new SeamlessBuffer("beside", "text");
    const checksum = buffer.getChecksum();
    const { url, verdict } = await besieged({ ...SMALL, checksum, bytes: new Uint8Array(buffer.content) });
    const runtime = createRuntime({ stores: [openStore(url)] });
    await runtime.write(buffer);
    expect(await verdict()).toBe("ok");
    await runtime.close();
  });
});
