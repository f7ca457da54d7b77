import { inspect } from "node:util";
import { gzipSync } from "node:zlib";
import { isSeamlessError } from "@seamless/checksum";
import { thrown } from "@seamless/internal/testing";
import { describe, expect, test } from "vitest";
import { type HashserverStoreOptions, hashserverStore } from "../src/hashserver/index.ts";
import { failure, openStore } from "./support/client-store.ts";
import { deadUrl, http, type RawAnswer, type RawRequest, rawServer } from "./support/raw-server.ts";
import { chunksOf, sample } from "./support/sample.ts";

const { bytes, checksum } = sample(1_000);
const LARGE = sample(3 * 2 ** 20);

/** The same secret in all its disguises: as it is given, decoded, and in the header. */
const SECRETS = ["t0p-s3cret", "pa%24s-w0rd", "pa$s-w0rd", btoa("user:pa$s-w0rd"), "header-s3cret"];

const WAYS: Readonly<Record<string, (url: string) => readonly [string, HashserverStoreOptions]>> = {
  "a token": (url) => [url, { token: "t0p-s3cret" }],
  "a password": (url) => [url.replace("//", "//user:pa%24s-w0rd@"), {}],
  "a header": (url) => [url, { headers: { "X-Api-Key": "header-s3cret" } }],
};

const FAULTS: Readonly<Record<string, (request: RawRequest) => RawAnswer>> = {
  "401": () => http(401),
  "500": () => http(500),
  "a reset": ({ socket }) => void socket.resetAndDestroy(),
  "an answer that is cut off": ({ socket }) => void socket.end(http(200, "x", { "content-length": 9 })),
  "the wrong bytes": () => http(200, "wrong"),
  "no gzip": () => http(200, "wrong", { "content-encoding": "gzip" }),
  "too much": () => http(200, gzipSync(new Uint8Array(100_000)), { "content-encoding": "gzip" }),
  "no HTTP": () => "What?",
  // A server may be so impolite as to repeat what it was told.
  "an echo": ({ headers }) => http(302, "", { location: `http://[${Object.values(headers).join("")}` }),
  // Or to be none, but something that gives back whatever it gets.
  "a mirror": ({ headers }) =>
    `GET / HTTP/1.1\r\n${Object.entries(headers)
      .map((each) => `${each.join(": ")}\r\n`)
      .join("")}\r\n`,
  silence: () => undefined,
};

/** Everything that can be found in an error, with its causes and what hangs on them. */
const everything = (error: unknown) =>
  inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true, maxStringLength: null });

describe.each(Object.entries(WAYS))("%s", (_, way) => {
  test("is shown to the server each time, and to nobody else", async () => {
    const server = await rawServer(({ method, path }) =>
      method === "PUT"
        ? http(path.startsWith("/promise") ? 202 : 200, '{"expires_in":1}')
        : http(200, path === "/buffer-length" ? "[5]" : bytes),
    );
    const store = openStore(...way(server.url));
    await store.get(checksum);
    await store.has([checksum]);
    await store.put(checksum, bytes);
    await store.promise(checksum);
    await store.checkHealth();
    const [url, options] = way("http://x");
    const shown = options.headers === undefined ? "authorization" : "x-api-key";
    const expected = url.includes("@")
      ? `Basic ${SECRETS[3]}`
      : (options.headers?.["X-Api-Key"] ?? `Bearer ${options.token}`);
    expect(server.requests.map(({ headers }) => headers[shown])).toEqual(Array(5).fill(expected));
    expect(store.name).toBe(server.url);
    for (const secret of SECRETS) expect(everything(store)).not.toContain(secret);
  });

  test.each(Object.entries(FAULTS))("is in no error: %s", async (_, fault) => {
    const server = await rawServer(fault);
    const [url, options] = way(server.url);
    const store = openStore(url, { ...options, maxBytes: 10_000, timeouts: { headers: 50 } });
    const large = () => chunksOf(LARGE.bytes.subarray(0, 2e6), LARGE.bytes.subarray(2e6));
    const errors = await Promise.all([
      failure(store.get(checksum)),
      failure(store.lengths([checksum])),
      store.put(checksum, bytes).catch((error) => error),
      store.putStream(LARGE.checksum, large()).catch((error) => error),
    ]);
    for (const error of errors) {
      for (const secret of SECRETS) expect(everything(error)).not.toContain(secret);
    }
  });

  test("is in no error: a refused connection", async () => {
    const [url, options] = way(await deadUrl());
    const error = await failure(openStore(url, options).get(checksum));
    for (const secret of SECRETS) expect(everything(error)).not.toContain(secret);
  });
});

describe("what a store is named by", () => {
  test.each([
    "",
    "no URL at t0p-s3cret",
    "user:t0p-s3cret@host",
    "ftp://user:t0p-s3cret@host",
    "http://user:t0p-s3cret@host:99999",
    "http://user:t0p-s3cret@",
    "http://host/?token=t0p-s3cret",
    "http://host/#t0p-s3cret",
  ])("%j is refused, and not repeated", (url) => {
    const error = thrown(() => hashserverStore(url));
    expect(isSeamlessError(error, "INVALID_ARGUMENT")).toBe(true);
    expect(everything(error)).not.toContain("t0p-s3cret");
  });

  test.each<HashserverStoreOptions>([
    { token: "t0p s3cret" },
    { token: "t0p-s3cret\r\nx: y" },
    { token: "" },
    { headers: { "x-key": "t0p-s3cret\n" } },
    { headers: { "x-key": "t0p-s3cret\0" } },
    { headers: { "x-key": "t0p-s3cret of 日本" } },
    { headers: { "x key": "t0p-s3cret" } },
    { headers: { "x-key": 5 as unknown as string } },
  ])("%j is refused, and not repeated", (options) => {
    const error = thrown(() => hashserverStore("http://host", options));
    expect(isSeamlessError(error, "INVALID_ARGUMENT")).toBe(true);
    expect(everything(error)).not.toContain("t0p");
  });

  test("not both of a token and a user", () => {
    const error = thrown(() => hashserverStore("http://user:t0p-s3cret@host", { token: "t0p-s3cret" }));
    expect(isSeamlessError(error, "INVALID_ARGUMENT")).toBe(true);
  });

  test.each([
    ["100%", "user:100%"],
    ["%zz", "user:%zz"],
    ["%C3%A9", "user:é"],
  ])("a password may have a percent sign: %s", async (password, user) => {
    const server = await rawServer(() => http(200, bytes));
    await openStore(server.url.replace("//", `//user:${password}@`)).get(checksum);
    const [, shown = ""] = server.requests[0]?.headers.authorization?.split(" ") ?? [];
    expect(Buffer.from(shown, "base64").toString()).toBe(user);
  });

  test.each<HashserverStoreOptions>([
    { connections: 0 },
    { connections: 1.5 },
    { batchSize: 0 },
    { maxBytes: Number.NaN },
    { timeouts: { stall: 0 } },
    { timeouts: { headers: Number.NaN } },
    { retries: { count: -1 } },
    { patience: "5" as unknown as number },
  ])("%j is refused", (options) => {
    expect(
      isSeamlessError(
        thrown(() => hashserverStore("http://host", options)),
        "INVALID_ARGUMENT",
      ),
    ).toBe(true);
  });

  test.each([
    ["http://localhost:8080", "local"],
    ["http://127.0.0.1", "local"],
    ["http://[::1]:1", "local"],
    ["http://192.168.7.7/base/", "local"],
    ["http://172.16.0.1", "local"],
    ["http://172.32.0.1", "remote"],
    ["http://cluster", "local"],
    ["http://10.example.org", "remote"],
    ["https://fd.example.org", "remote"],
    ["https://example.org", "remote"],
  ])("%s is %s", (url, costClass) => {
    expect(hashserverStore(url).costClass).toBe(costClass);
    expect(hashserverStore(url, { costClass: "folder" }).costClass).toBe("folder");
  });
});
