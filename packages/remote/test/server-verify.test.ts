import { writeFileSync } from "node:fs";
import { Checksum, SeamlessError } from "@seamless/checksum";
import { type Deferred, deferred } from "@seamless/internal/testing";
import { memoryStore, type Store } from "@seamless/store";
import { afterEach, describe, expect, test, vi } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { hashserverHandler } from "../src/hashserver/index.ts";
import { ClientQueue } from "../src/hashserver/server/client-queue.ts";
import { fileOf, plant } from "./support/folder.ts";
import { sample } from "./support/sample.ts";
import { storeWith } from "./support/server-fixture.ts";
import { tempDir } from "./support/temp.ts";

const A = sample(1000, 1);
const B = sample(2_000_000, 2);
const C = sample(3000, 3);
const NONE = new Checksum("1".repeat(64));
const listOf = (checksums: readonly Checksum[]) => JSON.stringify(checksums.map((each) => each.hex()));

function askerOf(store: Store, options = {}) {
  const errors: string[] = [];
  const handler = hashserverHandler({ store, onError: ({ code }) => void errors.push(code), ...options });
  const ask = (checksums: readonly Checksum[], more = {}) => {
    const body = new Blob([listOf(checksums)]).stream();
    return handler({ method: "GET", url: "/verify", headers: {}, body, ...more });
  };
  const json = async (checksums: readonly Checksum[], more = {}) => {
    const response = await ask(checksums, more);
    return [response.status, await new Response(response.body as BodyInit).json()];
  };
  return { ask, json, errors };
}

describe("GET /verify", () => {
  test("tells of each, in order, whether it is right, missing, corrupt or unreadable", async () => {
    const folder = tempDir();
    for (const { checksum, bytes } of [A, B]) plant(fileOf(folder, checksum), bytes);
    const corrupt = new Uint8Array(C.bytes);
    corrupt[0]! ^= 1;
    plant(fileOf(folder, C.checksum), corrupt);
    const unreadable = sample(10, 4).checksum;
    const directory = directoryStore(folder);
    const { json, errors } = askerOf({
      ...directory,
      async has(checksums, options) {
        if (checksums[0]!.equals(unreadable)) throw new SeamlessError("IO_ERROR", "cannot read it");
        return directory.has(checksums, options);
      },
      async check(checksums, options) {
        return checksums[0]!.equals(unreadable) ? ["unreadable"] : directory.check(checksums, options);
      },
    });
    const all = [A.checksum, NONE, C.checksum, B.checksum, unreadable, A.checksum];
    expect(await json(all)).toEqual([200, [true, false, "corrupt", true, null, true]]);
    expect(errors).toEqual(["IO_ERROR"]);
    writeFileSync(fileOf(folder, C.checksum), C.bytes);
    expect(await json([C.checksum])).toEqual([200, [true]]);
    expect(await json([])).toEqual([200, []]);
  });

  test("does not take what was given out just now for proven, nor a promise for a buffer", async () => {
    const contents = new Map([[A.checksum.hex(), A.bytes]]);
    const store = memoryStore({ contents });
    const handler = hashserverHandler({ store, writable: true });
    const request = { headers: {}, body: null };
    await handler({ method: "GET", url: `/${A.checksum.hex()}`, ...request });
    await handler({ method: "PUT", url: `/promise/${NONE.hex()}`, ...request });
    contents.set(A.checksum.hex(), C.bytes);
    const body = new Blob([listOf([A.checksum, NONE])]).stream();
    const response = await handler({ method: "GET", url: "/verify", headers: {}, body });
    expect(await new Response(response.body as BodyInit).json()).toEqual(["corrupt", false]);
  });

  test("at most 1,000 at once, and only with the token", async () => {
    const { ask, json } = askerOf(memoryStore(), { token: "t" });
    const headers = { authorization: "Bearer t" };
    expect((await ask([NONE])).status).toBe(401);
    expect(await json(Array(1000).fill(NONE), { headers })).toEqual([200, Array(1000).fill(false)]);
    expect((await ask(Array(1001).fill(NONE), { headers })).status).toBe(413);
    expect((await askerOf(memoryStore(), { maxChecksums: 2 }).ask(Array(3).fill(NONE))).status).toBe(413);
  });

  test("of each client one question at a time, and not too many waiting", async () => {
    const opened: Deferred<void>[] = [];
    const store = storeWith({
      async has(checksums) {
        const signal = deferred();
        opened.push(signal);
        await signal.promise;
        return checksums.map(() => false);
      },
    });
    const { ask } = askerOf(store);
    const answers = [];
    for (let i = 0; i < 16; i++) answers.push(await ask([NONE], { client: "a" }));
    const texts = answers.map(({ body }) => new Response(body as BodyInit).text());
    const refused = await ask([NONE], { client: "a" });
    expect([refused.status, refused.headers["retry-after"]]).toEqual([429, "1"]);
    const other = await ask([NONE], { client: "b" });
    const otherText = new Response(other.body as BodyInit).text();
    await vi.waitFor(() => expect(opened).toHaveLength(2));
    for (let i = 0; i < 17; i++) {
      await vi.waitFor(() => expect(opened.length).toBeGreaterThan(i));
      expect(opened.length).toBeLessThanOrEqual(i + 2);
      opened[i]!.resolve();
    }
    expect(await Promise.all([...texts, otherText])).toEqual(Array(17).fill("[false]"));
  });

  test("hashes nothing for a client that has gone, and lets the next one in", async () => {
    let asked = 0;
    const store = storeWith({
      async has(checksums) {
        asked += 1;
        return checksums.map(() => false);
      },
    });
    const { ask, json } = askerOf(store);
    const unread = (await ask([NONE, NONE])).body as ReadableStream<Uint8Array>;
    const controller = new AbortController();
    const gone = await ask([NONE], { signal: controller.signal });
    controller.abort();
    await expect(new Response(gone.body as BodyInit).text()).rejects.toThrow();
    await unread.cancel();
    expect(asked).toBe(0);
    expect(await json([NONE])).toEqual([200, [false]]);
  });
});

describe("while a long buffer is hashed", () => {
  afterEach(() => void vi.useRealTimers());

  test("white space says that somebody is there", async () => {
    vi.useFakeTimers();
    const signal = deferred();
    const store = storeWith({
      async has(checksums) {
        await signal.promise;
        return checksums.map(() => false);
      },
    });
    const { body } = await askerOf(store).ask([NONE]);
    const text = new Response(body as BodyInit).text();
    await vi.advanceTimersByTimeAsync(20_000);
    signal.resolve();
    await vi.advanceTimersByTimeAsync(0);
    expect(await text).toBe("[    false]");
    expect(vi.getTimerCount()).toBe(0);
  });
});

test("a queue by client: of each one, of all together so many, in order", async () => {
  const queue = new ClientQueue(2, 3);
  const begun: string[] = [];
  const enter = (client: string, name: string) => {
    const slot = queue.enter(client);
    slot?.begun.then(() => begun.push(name));
    return slot;
  };
  const [a1, a2, a3] = [enter("a", "a1"), enter("a", "a2"), enter("a", "a3")];
  const [b1, c1, d1] = [enter("b", "b1"), enter("c", "c1"), enter("d", "d1")];
  expect(queue.enter("a")).toBe(undefined);
  const step = async (end: typeof a1) => {
    end?.end();
    await Promise.resolve();
    return begun.join(" ");
  };
  expect(await step(undefined)).toBe("a1 b1");
  // One that has not begun, and one that has.
  expect(await step(c1)).toBe("a1 b1");
  expect(await step(a2)).toBe("a1 b1");
  expect(await step(b1)).toBe("a1 b1 d1");
  expect(await step(a1)).toBe("a1 b1 d1 a3");
  // Twice is once.
  expect(await step(a1)).toBe("a1 b1 d1 a3");
  for (const slot of [a3, d1]) slot?.end();
  expect(queue.enter("a")).toBeDefined();
});
