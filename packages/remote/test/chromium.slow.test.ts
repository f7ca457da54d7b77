import { fileURLToPath } from "node:url";
import { Buffer as SeamlessBuffer } from "@seamless/celltypes";
import { findChromium, type ModulePage, openModule } from "@seamless-tools/browser";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import type { HashserverOptions } from "../src/hashserver/node/server.ts";
import { fileOf, files, plant } from "./support/folder.ts";
import { sample } from "./support/sample.ts";
import { startControl } from "./support/server-control.ts";
import { serve } from "./support/server-fixture.ts";
import { tempDir } from "./support/temp.ts";

const chromium = findChromium();
if (chromium === undefined) console.warn("no Chromium on this machine: no page asks a hashserver");

const SMALL = sample(1000, 1);
const LARGE = sample(5_000_000, 2);
const hex = SMALL.checksum.hex();
const NONE = "1".repeat(64);

describe.skipIf(chromium === undefined)("in Chromium", () => {
  let page: ModulePage;
  let origin: string;
  beforeAll(async () => {
    page = await openModule(chromium!, fileURLToPath(new URL("support/page.ts", import.meta.url)));
    origin = await page.call("origin");
  });
  afterAll(() => page?.close());

  async function server(options: Partial<HashserverOptions> = {}) {
    const folder = tempDir();
    for (const { checksum, bytes } of [SMALL, LARGE]) plant(fileOf(folder, checksum), bytes);
    const served = await serve({ store: directoryStore(folder), writable: true, cors: origin, ...options });
    return { ...served, folder };
  }

  test.each([
    ["its own origin", {}],
    ["any origin", { cors: "*" }],
    ["with a token", { token: "s3cret" }],
  ])("a page finds what is there, and what is not: %s", async (_, options) => {
    const { url } = await server(options);
    const { token } = options as { token?: string };
    for (const { checksum, bytes } of [SMALL, LARGE]) {
      const sum = checksum.hex();
      const there = { has: [true], lengths: [bytes.byteLength], get: sum, getStream: sum, health: null };
      expect(await page.call("ask", { url, token, hex: sum })).toEqual(there);
    }
    // JSON has no undefined.
    const missing = { has: [false], lengths: [null], get: null, getStream: null, health: null };
    expect(await page.call("ask", { url, token, hex: NONE })).toEqual(missing);
  });

  test("a page resolves a checksum to its value", async () => {
    const value = { name: "probe", samples: [1, 2.5, "é"] };
    const buffer = new SeamlessBuffer(value, "plain");
    const { url, folder } = await server();
    plant(fileOf(folder, buffer.getChecksum()), buffer.content);
    expect(await page.call("resolve", { url, hex: buffer.getChecksum().hex() })).toEqual(value);
  });

  test("a page puts buffers, as bytes and as streams, and makes promises", async () => {
    const { url, folder } = await server({ token: "s3cret" });
    const before = files(folder).length;
    const lengths = [0, 10, 100_000, 3_000_000];
    expect(await page.call("put", { url, token: "s3cret", lengths })).toEqual([null, null, null, null, 600_000]);
    // And the mark of the layout.
    expect(files(folder)).toHaveLength(before + lengths.length + 1);
    const report = await directoryStore(folder).verify();
    expect([report.ok, report.buffers]).toEqual([true, 2 + lengths.length]);
  });

  test.each([
    ["another origin", { cors: "https://elsewhere.example" }],
    ["the same name with another port", { cors: ["http://127.0.0.1:1", "http://127.0.0.1"] }],
    ["none", { cors: undefined }],
  ])("a page that is not allowed gets errors, no misses, and stores nothing: %s", async (_, options) => {
    const { url, folder } = await server(options);
    const before = files(folder);
    for (const each of [hex, NONE]) {
      expect(await page.call("ask", { url, hex: each })).toEqual({
        has: "STORE_FAILED",
        lengths: "STORE_FAILED",
        get: "STORE_FAILED",
        getStream: "STORE_FAILED",
        health: "STORE_FAILED",
      });
    }
    expect(await page.call("put", { url, lengths: [10, 10] })).toEqual(Array(3).fill("STORE_FAILED"));
    expect(files(folder)).toEqual(before);
  });

  test("neither does one with a wrong token get misses", async () => {
    const { url } = await server({ token: "s3cret" });
    expect(await page.call("ask", { url, token: "wrong", hex })).toMatchObject({
      has: "ACCESS_DENIED",
      get: "ACCESS_DENIED",
      health: null,
    });
  });

  test("a read-only server says so to a page", async () => {
    const { url } = await server({ writable: false });
    expect(await page.call("put", { url, lengths: [10, 10] })).toEqual(["READ_ONLY", "READ_ONLY", "READ_ONLY"]);
  });

  test("what lies there and is wrong is an error, small and large", async () => {
    const { url, folder } = await server();
    // Of a large one it shows only at the end: the answer breaks off, and what comes of the rest is wrong as a whole.
    for (const [{ checksum, bytes }, code] of [
      [SMALL, "STORE_FAILED"],
      [LARGE, "CHECKSUM_MISMATCH"],
    ] as const) {
      const damaged = bytes.slice();
      damaged[damaged.length - 1]! ^= 1;
      plant(fileOf(folder, checksum), damaged);
      const sum = checksum.hex();
      expect(await page.call("ask", { url, hex: sum })).toMatchObject({
        get: code,
        getStream: code,
      });
    }
  });

  test("a page may read the headers that it needs", async () => {
    const { url } = await server();
    expect(await page.call("plain", url + hex)).toEqual([200, `"${hex}"`, "1000"]);
  });

  test.each([
    ["of a hashserver", "suite"],
    ["of a folder on a plain web server, of which the page sees no more than CORS allows", "suiteOfShown"],
  ])("the whole suite of the store port: %s", async (_, suite) => {
    const control = await startControl(origin);
    try {
      const { count, failures } = await page.call<{ count: number; failures: string[] }>(suite, control.url);
      expect(failures).toEqual([]);
      expect(count).toBeGreaterThan(40);
    } finally {
      await control.close();
    }
  });
});
