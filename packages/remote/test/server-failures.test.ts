import { SeamlessError } from "@seamless/checksum";
import type { Store } from "@seamless/store";
import { describe, expect, onTestFinished, test } from "vitest";
import { aiohttp, rawClient } from "./support/raw-client.ts";
import { sample } from "./support/sample.ts";
import { serve, storeWith } from "./support/server-fixture.ts";

const A = sample(1000);
const hex = A.checksum.hex();
const LIST = JSON.stringify([hex]);

/** What no client may ever see. */
const SECRET = "/home/secret/place";

const REQUESTS: readonly (readonly [string, string, string | Uint8Array])[] = [
  ["GET", `/${hex}`, ""],
  ["HEAD", `/${hex}`, ""],
  ["PUT", `/${hex}`, A.bytes],
  ["PUT", `/promise/${hex}`, ""],
  ["GET", "/has", LIST],
  ["GET", "/buffer-length", LIST],
];

/** A store that fails in every way of asking. */
function failing(error: unknown): Store {
  const fail = async () => {
    throw error;
  };
  return storeWith({ has: fail, lengths: fail, get: fail, getStream: fail, put: fail, putStream: fail });
}

describe("a store that throws", () => {
  test.each([
    ["an error of ours", new SeamlessError("IO_ERROR", `cannot read ${SECRET}`), 500, "IO_ERROR"],
    ["a miss, which is none", new SeamlessError("CACHE_MISS", SECRET), 500, "CACHE_MISS"],
    ["an error of the system", Object.assign(new Error(SECRET), { code: "EIO" }), 500, "STORE_FAILED"],
    ["what is no error", SECRET, 500, "STORE_FAILED"],
    ["nothing", undefined, 500, "STORE_FAILED"],
    ["a full disk", new SeamlessError("DISK_FULL", SECRET), 507, "DISK_FULL"],
  ])("%s: the client hears that, and the operator why", async (_, thrown, expected, code) => {
    const { port, errors } = await serve({ store: failing(thrown), writable: true });
    const client = await rawClient(port);
    for (const [method, path, body] of REQUESTS) {
      await client.write(aiohttp(method, path, port, { "Content-Length": body.length }), body);
      const { status, head, body: text } = await client.response({ bodiless: method === "HEAD" });
      expect([method, path, status]).toEqual([method, path, expected]);
      expect(head + text).not.toContain("secret");
      expect(head + text).not.toContain("undefined");
    }
    expect(errors.map((error) => error.code)).toEqual(REQUESTS.map(() => code));
    if (!(thrown instanceof SeamlessError)) expect(errors[0]!.cause).toBe(thrown);
  });

  test("a limit of the store is the client's to know, and no failure", async () => {
    const { port, errors } = await serve({ store: failing(new SeamlessError("TOO_LARGE", SECRET)), writable: true });
    const client = await rawClient(port);
    await client.write(aiohttp("PUT", `/${hex}`, port, { "Content-Length": 1000 }), A.bytes);
    expect((await client.response()).status).toBe(413);
    expect(errors).toEqual([]);
  });

  test("INVALID_ARGUMENT of the store is not the client's fault", async () => {
    const { port, errors } = await serve({ store: failing(new SeamlessError("INVALID_ARGUMENT", SECRET)) });
    const client = await rawClient(port);
    await client.write(aiohttp("GET", "/has", port, { "Content-Length": LIST.length }), LIST);
    expect((await client.response()).status).toBe(500);
    expect(errors).toHaveLength(1);
  });
});

test("an onError that throws costs no client its answer", async () => {
  const onError = () => {
    throw new Error("the log is full");
  };
  const { port } = await serve({ store: failing(new Error("no")), onError });
  const client = await rawClient(port);
  await client.write(aiohttp("GET", `/${hex}`, port));
  expect((await client.response()).status).toBe(500);
});

test("hundreds of requests on one connection, broken ones among them, give no warning", async () => {
  const warnings: Error[] = [];
  const collect = (warning: Error) => void warnings.push(warning);
  process.on("warning", collect);
  onTestFinished(() => void process.off("warning", collect));
  const { port } = await serve({ store: storeWith({}), writable: true });
  const client = await rawClient(port);
  for (let i = 0; i < 100; i++) {
    for (const [method, path, body] of [...REQUESTS, ["GET", `/${"0".repeat(64)}`, ""] as const]) {
      await client.write(aiohttp(method, path, port, { "Content-Length": body.length }), body);
      await client.response({ bodiless: method === "HEAD" });
    }
    const other = await rawClient(port);
    await other.write(aiohttp("PUT", `/${"1".repeat(64)}`, port, { "Content-Length": 10 }), "abc");
    other.reset();
  }
  // One that is answered early, again and again.
  const large = Buffer.alloc(300_000);
  for (let i = 0; i < 30; i++) {
    await client.write(aiohttp("PUT", `/${hex}`, port, { "Content-Length": 300_000 }), large);
    expect((await client.response()).status).toBe(201);
  }
  expect(warnings).toEqual([]);
});
