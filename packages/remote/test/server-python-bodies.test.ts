import { memoryStore } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { hashserverHandler } from "../src/hashserver/index.ts";
import { sample } from "./support/sample.ts";

const A = sample(1000, 1);
const hex = A.checksum.hex();
const NONE = "0".repeat(64);

async function ask(method: string, url: string, body?: string | Uint8Array) {
  const handler = hashserverHandler({ store: memoryStore({ contents: new Map([[hex, A.bytes]]) }), writable: true });
  const stream = body === undefined ? null : new Blob([body as BlobPart]).stream();
  const response = await handler({ method, url, headers: {}, body: stream });
  return [response.status, await new Response(response.body as BodyInit | null).text()];
}

/** What FastAPI answers to what its checks refuse. */
function invalid(type: string, loc: readonly (string | number)[], msg: string, input: unknown): string {
  return JSON.stringify({ message: "Invalid data", exception: { type, loc, msg, input } });
}

// Recorded from the hashserver in Python 3.13 with FastAPI 0.115 and pydantic 2.10.
describe("answers as the server in Python gives them", () => {
  test.each([
    ["GET", `/${NONE}`, 404, "Not found"],
    ["GET", "/a/b", 404, '{"detail":"Not Found"}'],
    ["DELETE", `/${hex}`, 405, '{"detail":"Method Not Allowed"}'],
    ["GET", `/promise/${hex}`, 405, '{"detail":"Method Not Allowed"}'],
    ["GET", "/healthcheck", 200, "OK"],
  ])("%s %s: %i", async (method, url, status, body) => {
    expect(await ask(method, url)).toEqual([status, body]);
  });

  test.each([
    [A.bytes, hex, 201, ""],
    [sample(5, 2).bytes, sample(5, 2).checksum.hex(), 200, "OK"],
    [A.bytes, NONE, 400, "Incorrect checksum"],
  ])("PUT", async (bytes, name, status, body) => {
    expect(await ask("PUT", `/${name}`, bytes)).toEqual([status, body]);
  });

  const HEX = "non-hexadecimal number found in fromhex() arg at position ";
  test.each([
    ["abc", "Wrong length"],
    ["abcd", "Wrong length"],
    ["zz", `${HEX}0`],
    ["az", `${HEX}1`],
    [`${hex}zz`, `${HEX}64`],
    [`zz${hex.slice(2)}`, `${HEX}0`],
    ["has-no", `${HEX}0`],
    ["ab cdé", `${HEX}5`],
    ["ab c", `${HEX}4`],
    ["\0\0", `${HEX}0`],
  ])("what is no checksum: %s", async (input, msg) => {
    const body = invalid("value_error", ["path", "checksum"], `Value error, ${msg}`, input);
    for (const [method, path] of [
      ["GET", "/"],
      ["HEAD", "/"],
      ["PUT", "/"],
      ["PUT", "/promise/"],
    ] as const) {
      const found = await ask(method, path + encodeURIComponent(input));
      expect(found).toEqual([400, method === "HEAD" ? "" : body]);
    }
  });

  test.each([
    ['["abc"]', "value_error", ["body", 0], "Value error, Wrong length", "abc"],
    [`["${hex}","zz","abc"]`, "value_error", ["body", 1], `Value error, ${HEX}0`, "zz"],
    ["[null]", "string_type", ["body", 0, "str"], "Input should be a valid string", null],
    ['{"a":1}', "list_type", ["body"], "Input should be a valid list", { a: 1 }],
    ['"abc"', "list_type", ["body"], "Input should be a valid list", "abc"],
    ["12", "list_type", ["body"], "Input should be a valid list", 12],
    ["null", "missing", ["body"], "Field required", null],
    ["", "missing", ["body"], "Field required", null],
  ] as const)("what is no list of checksums: %s", async (body, type, loc, msg, input) => {
    for (const path of ["/has", "/has-now", "/buffer-length", "/verify"]) {
      expect(await ask("GET", path, body)).toEqual([400, invalid(type, loc, msg, input)]);
    }
  });

  test("what is not UTF-8, and what is no JSON", async () => {
    const wrong = Uint8Array.of(0x5b, 0xff, 0x5d);
    expect(await ask("GET", "/has", wrong)).toEqual([400, '{"detail":"There was an error parsing the body"}']);
    const [status, body] = await ask("GET", "/has", "[1,");
    expect([status, JSON.parse(String(body)).exception.type]).toEqual([400, "json_invalid"]);
  });
});

test("has-now is has without promises", async () => {
  const handler = hashserverHandler({ store: memoryStore({ contents: new Map([[hex, A.bytes]]) }), writable: true });
  const list = async (url: string) => {
    const body = new Blob([JSON.stringify([hex, NONE])]).stream();
    const response = await handler({ method: "GET", url, headers: {}, body });
    return new Response(response.body as BodyInit).json();
  };
  await handler({ method: "PUT", url: `/promise/${NONE}`, headers: {}, body: null });
  expect(await list("/has")).toEqual([true, true]);
  expect(await list("/has-now")).toEqual([true, false]);
});

test("HEAD answers If-None-Match as GET does", async () => {
  const handler = hashserverHandler({ store: memoryStore() });
  const headers = { "if-none-match": `W/"x", "${hex}"` };
  const [get, head] = await Promise.all(
    ["GET", "HEAD"].map((method) => handler({ method, url: `/${hex}`, headers, body: null })),
  );
  expect(head).toEqual(get);
  expect(head).toMatchObject({ status: 304, body: null, headers: { etag: `"${hex}"` } });
});

test("pages of other origins may not embed what is here, unless some may read it", async () => {
  const policy = async (cors: string | undefined) => {
    const handler = hashserverHandler({ store: memoryStore({ contents: new Map([[hex, A.bytes]]) }), cors });
    const all = [`/${hex}`, `/${hex}`, `/${NONE}`, "/healthcheck", "/a/b"].map((url) =>
      handler({ method: "GET", url, headers: {}, body: null }),
    );
    return new Set((await Promise.all(all)).map(({ headers }) => headers["cross-origin-resource-policy"]));
  };
  expect(await policy(undefined)).toEqual(new Set(["same-origin"]));
  expect(await policy("https://a.example")).toEqual(new Set(["cross-origin"]));
});
