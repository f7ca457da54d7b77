import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { fetchBlob, nameAt, parseAddress, whyNoAddress } from "../src/value/fetching.ts";

test.each([
  ["https://example.org/a.npy", "example.org"],
  [" HTTP://localhost:8080/x ", "localhost:8080"],
  ["https://bücher.example/", "xn--bcher-kva.example"],
])("%s is fetched from %s", (text, host) => {
  expect(parseAddress(text)?.host).toBe(host);
});

test.each([
  "",
  "example.org",
  "https://",
  "ftp://example.org",
  "javascript:alert(1)",
  "https://me:secret@example.org/",
])("%j is no address to fetch from", (text) => {
  expect(parseAddress(text)).toBeUndefined();
});

test.each([
  ["", ""],
  ["HTT", ""],
  ["https://", ""],
  ["https://example.org/", ""],
  ["example.org", "begins with https://"],
  ["ftp://example.org", "begins with https://"],
  ["https://a b/", "has to name a host"],
  ["https://me:secret@example.org/", "a user or a password"],
])("%j: what keeps it from being fetched is said as %j", (text, why) => {
  const said = whyNoAddress(text);
  expect(said === "" ? why : said).toContain(why);
  expect(said === "").toBe(why === "");
});

test.each([
  ["https://example.org/a/b%20c.npy?x=1", "b c.npy"],
  ["https://example.org/", "example.org"],
  ["https://example.org/%ff", "%ff"],
])("what is at %s is called %s", (url, name) => {
  expect(nameAt(new URL(url))).toBe(name);
});

/** A server whose answer is given by path. */
async function serve(): Promise<string> {
  const server = createServer((request, response) => {
    const answers: Readonly<Record<string, () => void>> = {
      "/right": () => response.setHeader("content-length", 5).end("right"),
      "/missing": () => response.writeHead(404).end(),
      "/elsewhere": () => response.writeHead(302, { location: "/right" }).end(),
      "/broken": () => {
        response.writeHead(200, { "content-length": 10 }).write("half");
        response.once("drain", () => {});
        setImmediate(() => response.destroy());
      },
      "/endless": () => response.writeHead(200).write("x"),
    };
    answers[request.url ?? ""]?.();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("what is at an address comes as a blob, and it is told how far it is", async () => {
  const host = await serve();
  const told: unknown[] = [];
  const blob = await fetchBlob(new URL(`${host}/right`), (...args) => told.push(args), new AbortController().signal);
  expect(await blob.text()).toBe("right");
  expect(told).toEqual([[5, 5]]);
});

test.each([
  ["/missing", /answers 404 Not Found$/],
  ["/elsewhere", /could not be read: it is down, leads to another address/],
  ["/broken", /the connection to 127\.0\.0\.1:\d+ broke off after \d bytes|could not be read/],
])("what cannot be fetched is said in words: %s", async (path, message) => {
  const host = await serve();
  await expect(fetchBlob(new URL(host + path), () => {}, new AbortController().signal)).rejects.toThrow(message);
});

test("a fetch is cancelled", async () => {
  const host = await serve();
  const controller = new AbortController();
  const fetched = fetchBlob(new URL(`${host}/endless`), () => controller.abort(new Error("enough")), controller.signal);
  await expect(fetched).rejects.toThrow("enough");
});
