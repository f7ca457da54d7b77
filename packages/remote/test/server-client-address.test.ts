import type { IncomingMessage } from "node:http";
import { memoryStore } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { clientOf } from "../src/hashserver/node/limits.ts";
import { createHashserver } from "../src/hashserver/node/server.ts";
import { aiohttp, rawClient } from "./support/raw-client.ts";
import { serve } from "./support/server-fixture.ts";

const from = (remoteAddress: string, forwarded?: string) =>
  ({ socket: { remoteAddress }, headers: { "x-forwarded-for": forwarded } }) as unknown as IncomingMessage;

describe("who a client is", () => {
  test.each([
    [undefined, "192.0.2.1", undefined, "192.0.2.1"],
    // What anybody may write.
    [undefined, "192.0.2.1", "198.51.100.7", "192.0.2.1"],
    [["192.0.2.9"], "192.0.2.1", "198.51.100.7", "192.0.2.1"],
    [["192.0.2.1"], "192.0.2.1", "198.51.100.7", "198.51.100.7"],
    [["192.0.2.1"], "192.0.2.1", "203.0.113.3, 198.51.100.7", "198.51.100.7"],
    [["192.0.2.0/24"], "192.0.2.1", "203.0.113.3, 198.51.100.7, 192.0.2.2", "198.51.100.7"],
    [["192.0.2.1"], "192.0.2.1", undefined, "192.0.2.1"],
    [["192.0.2.1"], "192.0.2.1", "unknown", "192.0.2.1"],
    [["192.0.2.1"], "192.0.2.1", "x, 198.51.100.7:5000", "198.51.100.7"],
    [["192.0.2.1"], "::ffff:192.0.2.1", "[2001:db8:1:2:3::4]:80", "2001:db8:1:2::/64"],
    [["2001:db8::/32"], "2001:db8::1", "198.51.100.7", "198.51.100.7"],
    [undefined, "2001:db8::1", undefined, "2001:db8:0:0::/64"],
    [undefined, "2001:0db8:0000:0000:ffff::1", undefined, "2001:db8:0:0::/64"],
    [undefined, "::1", undefined, "0:0:0:0::/64"],
    [undefined, "fe80::1%eth0", undefined, "fe80:0:0:0::/64"],
  ])("trusted: %j, from %s, forwarded for %s: %s", (proxies, address, forwarded, client) => {
    expect(clientOf(proxies)(from(address, forwarded))).toBe(client);
  });

  test.each(["", "localhost", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/-1", "2001:db8::/129", "1.2.3"])(
    "%j is no proxy",
    (proxy) => {
      expect(() => createHashserver({ store: memoryStore(), trustProxy: [proxy] })).toThrow(
        expect.objectContaining({ code: "INVALID_ARGUMENT" }),
      );
    },
  );

  test("behind a proxy, promises are shared out among the clients that it names", async () => {
    const named = (number: number) => String(number).padStart(64, "0");
    const options = { writable: true, maxPromises: 20, trustProxy: ["127.0.0.1"] };
    const { port } = await serve({ store: memoryStore(), ...options });
    const client = await rawClient(port);
    const promise = async (number: number, address: string) => {
      const headers = { "Content-Length": 0, "X-Forwarded-For": address };
      await client.write(aiohttp("PUT", `/promise/${named(number)}`, port, headers));
      expect((await client.response()).status).toBe(202);
    };
    await promise(1, "192.0.2.1");
    for (let i = 2; i < 50; i++) await promise(i, "192.0.2.2");
    const list = JSON.stringify([named(1), named(2), named(49)]);
    await client.write(aiohttp("GET", "/has", port, { "Content-Length": list.length }), list);
    expect(String((await client.response()).body)).toBe("[true,false,true]");
  });
});
