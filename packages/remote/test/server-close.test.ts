import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { deferred, rejection } from "@seamless/internal/testing";
import { memoryStore } from "@seamless/store";
import { describe, expect, onTestFinished, test } from "vitest";
import { createHashserver } from "../src/hashserver/node/server.ts";
import { aiohttp, rawClient } from "./support/raw-client.ts";
import { sample } from "./support/sample.ts";
import { serve, storeWith, until } from "./support/server-fixture.ts";

const A = sample(300_000, 1);
const hex = A.checksum.hex();

/** Longer than any of these tests takes, in milliseconds. */
const LONG = 60_000;

/** A server whose store answers when it is told to. */
async function slowServer() {
  const asked = deferred();
  const go = deferred();
  const contents = new Map([[hex, A.bytes]]);
  const memory = memoryStore({ contents });
  const store = storeWith({
    ...memory,
    async lengths(checksums) {
      asked.resolve();
      await go.promise;
      return memory.lengths(checksums);
    },
  });
  return { ...(await serve({ store, writable: true })), asked, go, contents };
}

describe("close", () => {
  test("what is under way ends, new connections are refused, and the old ones are closed", async () => {
    const { server, port, asked, go } = await slowServer();
    const idle = await rawClient(port);
    await idle.write(aiohttp("GET", "/healthcheck", port));
    expect((await idle.response()).status).toBe(200);
    const busy = await rawClient(port);
    await busy.write(aiohttp("GET", `/${hex}`, port));
    await asked.promise;
    const closing = server.close({ timeout: LONG });
    await idle.ended();
    expect(await rejection(rawClient(port))).toMatchObject({ code: "ECONNREFUSED" });
    go.resolve();
    const found = await busy.response();
    expect([found.status, found.body.equals(A.bytes)]).toEqual([200, true]);
    expect(await busy.ended()).toHaveLength(0);
    await closing;
  });

  test("an upload under way ends, and is stored", async () => {
    const contents = new Map<string, Uint8Array>();
    const { server, port } = await serve({ store: memoryStore({ contents }), writable: true });
    const client = await rawClient(port);
    const head = aiohttp("PUT", `/${hex}`, port, { "Content-Length": 300_000, Expect: "100-continue" });
    await client.write(head);
    expect((await client.response()).status).toBe(100);
    await client.write(A.bytes.subarray(0, 100_000));
    const closing = server.close({ timeout: LONG });
    await client.write(A.bytes.subarray(100_000));
    expect((await client.response()).status).toBe(200);
    await closing;
    expect(contents.has(hex)).toBe(true);
  });

  test("a client that goes on asking does not keep it open", async () => {
    const { server, port, asked, go } = await slowServer();
    const client = await rawClient(port);
    await client.write(aiohttp("GET", `/${hex}`, port));
    await asked.promise;
    const closing = server.close({ timeout: LONG });
    let more = 0;
    server.server.on("request", () => more++);
    await client.write(aiohttp("GET", "/healthcheck", port).repeat(3));
    await until(() => more > 0);
    go.resolve();
    expect((await client.response()).status).toBe(200);
    const { status, headers } = await client.response();
    expect([status, headers.get("connection")]).toEqual([200, "close"]);
    expect(await client.ended()).toHaveLength(0);
    await closing;
  });

  test("a client that has never asked for anything does not keep it open", async () => {
    const { server, port } = await serve({ store: memoryStore() });
    const client = await rawClient(port);
    await until(() => new Promise((resolve) => server.server.getConnections((_, count) => resolve(count === 1))));
    await server.close({ timeout: LONG });
    expect(await client.ended()).toHaveLength(0);
  });

  test("after the timeout what is still under way is broken off", async () => {
    const { server, port, asked } = await slowServer();
    const client = await rawClient(port);
    await client.write(aiohttp("GET", `/${hex}`, port));
    await asked.promise;
    await server.close({ timeout: 20 });
    expect(await client.ended()).toHaveLength(0);
  });

  test("twice, and before it ever listened", async () => {
    const { server } = await serve({ store: memoryStore() });
    const [first, second] = [server.close(), server.close()];
    expect(first).toBe(second);
    await first;
    await createHashserver({ store: memoryStore() }).close();
    expect(await rejection(server.listen({ port: 0 }))).toMatchObject({ code: "INVALID_STATE" });
  });
});

describe("listen", () => {
  test("a port that is taken: an error that says so; another one works, and answers once", async () => {
    const { port } = await serve({ store: memoryStore() });
    const server = createHashserver({ store: memoryStore({ contents: new Map([[hex, A.bytes]]) }) });
    onTestFinished(() => server.close({ timeout: 0 }));
    const error = await rejection(server.listen({ port }));
    expect(error).toMatchObject({ code: "IO_ERROR", message: expect.stringContaining("something else listens there") });
    const bound = await server.listen({ port: 0 });
    const client = await rawClient(bound.port);
    await client.write(aiohttp("GET", `/${hex}`, bound.port));
    expect((await client.response()).status).toBe(200);
    await client.write(aiohttp("GET", "/healthcheck", bound.port, { Connection: "close" }));
    expect((await client.response()).status).toBe(200);
    expect(await client.ended()).toHaveLength(0);
  });

  test.each([
    ["a port that is none", { port: 65_536 }, "INVALID_ARGUMENT"],
    ["no number", { port: "x" as never }, "INVALID_ARGUMENT"],
    ["an address of another machine", { port: 0, host: "192.0.2.1" }, "IO_ERROR"],
  ])("%s", async (_, options, code) => {
    const server = createHashserver({ store: memoryStore() });
    onTestFinished(() => server.close());
    expect(await rejection(server.listen(options))).toMatchObject({ name: "SeamlessError", code });
  });

  test("twice at once: an error, and the first goes on", async () => {
    const { server, url } = await serve({ store: memoryStore() });
    expect(await rejection(server.listen({ port: 0 }))).toMatchObject({ code: "INVALID_STATE" });
    expect((await fetch(`${url}healthcheck`)).status).toBe(200);
  });
});

test("a process whose server is closed ends by itself, whatever was under way", async () => {
  const source = `
    import { connect } from "node:net";
    import { memoryStore } from "@seamless/store";
    import { createHashserver } from "@seamless/remote/hashserver/node";
    const server = createHashserver({ store: memoryStore(), writable: true });
    const { url, port } = await server.listen({ port: 0 });
    const hex = "0".repeat(64);
    const ask = (method, path) => fetch(url + path, { method }).then((response) => response.text());
    console.log(await ask("PUT", "promise/" + hex), await ask("GET", hex.replace("0", "1")));
    const waiting = ask("GET", hex).catch(() => "broken off");
    const head = "PUT /" + hex + " HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\nContent-Length: 1000\\r\\n\\r\\n";
    const upload = connect(port, "127.0.0.1").on("error", () => {});
    await new Promise((resolve) => upload.write(head + "half", resolve));
    const early = connect(port, "127.0.0.1").on("error", () => {});
    early.write(head.replace(hex, "wrong"));
    await new Promise((resolve) => early.once("data", resolve));
    await server.close({ timeout: 50 });
    console.log(await waiting);
  `;
  const began = performance.now();
  const child = spawn(process.execPath, ["--input-type=module", "--eval", source], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  expect([child.exitCode, err]).toEqual([0, ""]);
  expect(out).toBe(`{"checksum":"${"0".repeat(64)}","expires_in":600.0} Not found\nbroken off\n`);
  // A timer of the server that is not ended would hold it for half a minute or ten.
  expect(performance.now() - began).toBeLessThan(20_000);
});
