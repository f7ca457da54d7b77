import { describe, expect, test } from "vitest";
import { failure, openStore } from "./support/client-store.ts";
import { http, type RawRequest, rawServer } from "./support/raw-server.ts";
import { chunksOf, sample } from "./support/sample.ts";

const { bytes, checksum } = sample(1_000);
const LARGE = sample(3 * 2 ** 20);
const TOKEN = "s3cret-t0ken";
const ALL = [301, 302, 303, 307, 308];

/** A permanent redirection leads to the same place the next time: a writer must not try it again and again. */
const refused = (status: number) => ([301, 308].includes(status) ? "UNSUPPORTED" : "STORE_FAILED");

/** Leads everything below `/base` to below `/moved`. */
const moved = (status: number, answer: (request: RawRequest) => Promise<Buffer> | Buffer) => (request: RawRequest) =>
  request.path.startsWith("/base/")
    ? http(status, "Moved", { location: request.path.replace("/base/", "/moved/") })
    : answer(request);

describe("within the server", () => {
  test.each(ALL)("%i: a download is followed, with what was asked", async (status) => {
    const server = await rawServer(
      moved(status, async ({ path, body }) =>
        path.endsWith("/buffer-length")
          ? http(200, JSON.stringify(JSON.parse(String(await body())).map(() => 7)))
          : http(200, bytes),
      ),
    );
    const store = openStore(`${server.url}/base/`, { token: TOKEN, connections: 1 });
    expect(await store.get(checksum)).toEqual(bytes);
    expect(await store.lengths([checksum])).toEqual([7]);
    expect(new Uint8Array(await new Response(await store.getStream(checksum)).arrayBuffer())).toEqual(bytes);
    expect(server.requests.map(({ method, path }) => `${method} ${path.replace(checksum.hex(), "…")}`)).toEqual(
      ["…", "buffer-length", "…"].flatMap((path) => [`GET /base/${path}`, `GET /moved/${path}`]),
    );
    expect(server.requests.every(({ headers }) => headers.authorization === `Bearer ${TOKEN}`)).toBe(true);
    expect(server.connections).toBe(1);
  });

  test.each([307, 308])("%i: an upload is followed, with its bytes", async (status) => {
    const bodies: boolean[] = [];
    const server = await rawServer(
      moved(status, async ({ body }) => {
        bodies.push((await body()).equals(bytes));
        return http(200);
      }),
    );
    await openStore(`${server.url}/base`).put(checksum, bytes);
    expect([bodies, server.requests.map(({ method }) => method)]).toEqual([[true], ["PUT", "PUT"]]);
  });

  test.each([301, 302, 303])("%i: an upload is not made a download of", async (status) => {
    const server = await rawServer(moved(status, () => http(200)));
    const store = openStore(`${server.url}/base`);
    expect(await failure(store.put(checksum, bytes))).toMatchObject({ code: refused(status), checksum });
    expect(await failure(store.promise(checksum))).toMatchObject({ code: refused(status), checksum });
    expect(server.requests).toHaveLength(2);
  });

  test.each(ALL)("%i: a long stream cannot be sent again", async (status) => {
    const server = await rawServer(moved(status, () => http(200)));
    const put = openStore(`${server.url}/base`).putStream(
      LARGE.checksum,
      chunksOf(LARGE.bytes.subarray(0, 2e6), LARGE.bytes.subarray(2e6)),
    );
    expect(await failure(put)).toMatchObject({
      code: refused(status),
      message: expect.stringContaining("redirects an upload"),
    });
    expect(server.requests).toHaveLength(1);
  });

  test("in circles", async () => {
    const server = await rawServer(({ path }) => http(302, "", { location: `${path}x` }));
    const store = openStore(server.url, { connections: 1 });
    for (let turn = 1; turn <= 2; turn++) {
      const error = await failure(store.get(checksum));
      expect([error.code, error.message]).toEqual([
        "STORE_FAILED",
        expect.stringContaining("more than 5 redirections"),
      ]);
      expect(server.requests).toHaveLength(6 * turn);
    }
  });

  test.each([
    // No answer of a hashserver, which another attempt would only repeat.
    ["none", {}, "UNSUPPORTED"],
    ["one that is no URL", { location: "http://[" }, "STORE_FAILED"],
  ])("without a target: %s", async (_, headers: Record<string, string>, code) => {
    const server = await rawServer(() => http(302, "", headers));
    const store = openStore(server.url, { connections: 1 });
    for (let turn = 0; turn < 2; turn++) expect(await failure(store.get(checksum))).toMatchObject({ code });
  });

  test("304 and 300 are no redirections", async () => {
    for (const status of [300, 304]) {
      const server = await rawServer(() => http(status, "", { location: "/elsewhere" }));
      expect(await failure(openStore(server.url).get(checksum))).toMatchObject({ code: "UNSUPPORTED" });
      expect(server.requests).toHaveLength(1);
    }
  });
});

describe("elsewhere", () => {
  const ELSEWHERE: Readonly<Record<string, (there: string) => string>> = {
    "another port": (there) => there,
    "another scheme": (there) => there.replace("http:", "https:"),
    "another name": (there) => there.replace("127.0.0.1", "localhost"),
    "without a scheme": (there) => there.replace("http:", ""),
    "with a user": (there) => there.replace("//", "//user:passw0rd@"),
    "no server at all": () => "file:///etc/passwd",
    "a page of its own": () => "data:text/plain,hello",
  };

  test.each(Object.entries(ELSEWHERE))("%s: not a word goes there, least of all the token", async (_, location) => {
    const there = await rawServer(() => http(200, bytes));
    const server = await rawServer(({ path }) => http(307, "", { location: location(there.url) + path }));
    const store = openStore(server.url, { token: TOKEN, connections: 1 });
    const asked = [
      () => store.get(checksum),
      () => store.getStream(checksum),
      () => store.has([checksum]),
      () => store.put(checksum, bytes),
      () => store.promise(checksum),
      () => store.checkHealth(),
    ];
    for (const ask of asked) {
      const error = await failure(ask());
      expect([error.code, error.message]).toEqual(["STORE_FAILED", expect.stringContaining("elsewhere")]);
      expect(error.message).not.toContain("passw0rd");
    }
    expect([server.requests.length, there.connections]).toEqual([asked.length, 0]);
  });

  test.each(ALL)("%i: is refused for good where it holds for good", async (status) => {
    const server = await rawServer(({ path }) => http(status, "", { location: `https://example.org${path}` }));
    const store = openStore(server.url);
    for (const ask of [() => store.put(checksum, bytes), () => store.get(checksum)]) {
      expect(await failure(ask())).toMatchObject({
        code: refused(status),
        message: expect.stringContaining("redirects elsewhere, to https://example.org"),
      });
    }
    expect(server.requests).toHaveLength(2);
  });

  test("and back again", async () => {
    const server = await rawServer(() =>
      http(302, "", { location: `http://user:passw0rd@127.0.0.1:${server.port}/x` }),
    );
    // The same origin: followed, but whoever is named there is not believed.
    expect(await failure(openStore(server.url).get(checksum))).toMatchObject({ code: "STORE_FAILED" });
    expect(server.requests).toHaveLength(6);
    expect(server.requests.some(({ headers }) => headers.authorization !== undefined)).toBe(false);
  });
});
