import { rejection } from "@seamless/internal/testing";
import { afterEach, describe, expect, test, vi } from "vitest";
import { failure, openStore, until } from "./support/client-store.ts";
import { deadUrl, http, type RawAnswer, type RawRequest, rawServer } from "./support/raw-server.ts";
import { chunksOf, sample } from "./support/sample.ts";

const SMALL = sample(1_000);
const LARGE = sample(3 * 2 ** 20);
const LIMIT = { timeout: 20_000 };

/** What was asked, in short: PUT, or the question. */
afterEach(() => void vi.restoreAllMocks());

const asked = (requests: readonly RawRequest[]) =>
  requests.map(({ method, path }) => (method === "PUT" ? method : path));

describe("somebody else is uploading (202)", () => {
  test("and arrives: put waits until the server has hashed it", async () => {
    const lengths = ["[0]", "[false]", "[1000]"];
    const server = await rawServer(({ method, path }) => {
      if (method === "PUT") return http(202);
      return http(200, path === "/verify" ? "[true]" : lengths.shift());
    });
    // After each look in vain the buffer is offered again, which would end the wait, too.
    await openStore(server.url).put(SMALL.checksum, SMALL.bytes);
    const look = ["PUT", "/buffer-length"];
    expect(asked(server.requests)).toEqual([...look, ...look, ...look, "/verify"]);
  });

  test("beside a corrupt copy: its length is no proof, and the buffer is put again", async () => {
    const server = await rawServer(({ method, path }, i) => {
      if (method === "PUT") return http(i === 0 ? 202 : 200);
      return http(200, path === "/verify" ? '["corrupt"]' : "[1000]");
    });
    await openStore(server.url).put(SMALL.checksum, SMALL.bytes);
    expect(asked(server.requests)).toEqual(["PUT", "/buffer-length", "/verify", "PUT"]);
  });

  test("to a server that does not hash: putting again tells more than a length", async () => {
    const server = await rawServer(({ method, path }, i) => {
      if (method === "PUT") return http(i < 4 ? 202 : 200);
      return path === "/verify" ? http(404) : http(200, "[1000]");
    });
    await openStore(server.url).put(SMALL.checksum, SMALL.bytes);
    expect(asked(server.requests)).toEqual(["PUT", "/buffer-length", "/verify", "PUT", "PUT"]);
  });

  test("and gives up: the buffer is put again, all of it", async () => {
    const bodies: Buffer[] = [];
    const server = await rawServer(async ({ method, body }, i) => {
      if (method !== "PUT") return http(200, "[0]");
      bodies.push(await body());
      return http(i === 0 ? 202 : 200);
    });
    await openStore(server.url).put(SMALL.checksum, SMALL.bytes);
    expect(asked(server.requests)).toEqual(["PUT", "/buffer-length", "PUT"]);
    expect(bodies.map((body) => body.equals(SMALL.bytes))).toEqual([true, true]);
  });

  test.each(["[0]", "[true]", "[false]"])("and never arrives (%s): put fails", async (answer) => {
    const server = await rawServer(({ method }) => (method === "PUT" ? http(202) : http(200, answer)));
    const store = openStore(server.url, { patience: 150 });
    const error = await failure(store.put(SMALL.checksum, SMALL.bytes));
    expect(error).toMatchObject({ code: "STORE_FAILED", message: expect.stringContaining("does not finish") });
    expect(asked(server.requests).slice(0, 3)).toEqual(["PUT", "/buffer-length", "PUT"]);
  });

  test("a long stream that is turned away at once is sent again, all of it", LIMIT, async () => {
    const bodies: Buffer[] = [];
    const server = await rawServer(async ({ method, body }, i) => {
      if (method !== "PUT") return http(200, "[0]");
      if (i === 0) return http(202);
      bodies.push(await body());
      return http(200);
    });
    await openStore(server.url).putStream(LARGE.checksum, slices());
    expect(asked(server.requests)).toEqual(["PUT", "/buffer-length", "PUT"]);
    expect(bodies.map((body) => body.equals(LARGE.bytes))).toEqual([true]);
  });

  describe("a stream of which more is gone than is kept", () => {
    const LONG = sample(6 * 2 ** 20, 3);
    const source = () => slices(LONG.bytes);
    /** Takes all of it before it says no. */
    const turnsAway = (questions: (path: string) => RawAnswer) =>
      rawServer(async ({ method, path, body }) => {
        if (method !== "PUT") return questions(path);
        await body();
        return http(202);
      });

    test("is not sent twice, but proven", LIMIT, async () => {
      const lengths = ["[0]", `[${LONG.bytes.byteLength}]`];
      const server = await turnsAway((path) => http(200, path === "/verify" ? "[true]" : lengths.shift()));
      await openStore(server.url).putStream(LONG.checksum, source());
      expect(asked(server.requests)).toEqual(["PUT", "/buffer-length", "/buffer-length", "/verify"]);
    });

    test("is fetched and hashed where the server cannot", LIMIT, async () => {
      const copies = [LONG.bytes.with(0, 1), new Uint8Array(7 * 2 ** 20), LONG.bytes];
      const name = `/${LONG.checksum.hex()}`;
      const server = await turnsAway((path) => (path === name ? http(200, copies.shift()) : http(404)));
      await openStore(server.url).putStream(LONG.checksum, source(), { length: LONG.bytes.byteLength });
      expect(asked(server.requests)).toEqual(["PUT", "/buffer-length", name, name, name]);
    });

    test.each(["[0]", "[6291456]"])("fails beside a copy that is missing or corrupt (%s)", LIMIT, async (length) => {
      const server = await turnsAway((path) => http(200, path === "/verify" ? '["corrupt"]' : length));
      const store = openStore(server.url, { patience: 150 });
      expect(await failure(store.putStream(LONG.checksum, source()))).toMatchObject({ code: "STORE_FAILED" });
      expect(asked(server.requests).filter((each) => each === "PUT")).toHaveLength(1);
    });

    test.each([
      // After 0.05, 0.15, 0.35, 0.75, 1.55 and 3 s.
      ["least", 0, 6],
      // After 0.1, 0.3, 0.7, 1.5 and 3 s.
      ["usual", 0.5, 5],
    ])(
      "has the patience of a server that lets a second upload in after two seconds, with the %s jitter",
      LIMIT,
      async (_, jitter, looks) => {
        vi.spyOn(Math, "random").mockReturnValue(jitter);
        const server = await turnsAway(() => http(200, "[0]"));
        const put = openStore(server.url).putStream(LONG.checksum, source());
        expect(await failure(put)).toMatchObject({ code: "STORE_FAILED" });
        // A busy machine looks less often, and never more: an hour would see many more.
        const [first, ...others] = asked(server.requests);
        expect(first).toBe("PUT");
        expect(new Set(others)).toEqual(new Set(["/buffer-length"]));
        expect(others.length).toBeLessThanOrEqual(looks);
      },
    );
  });

  test("a server that cannot tell whether it has arrived is asked to take it", async () => {
    const server = await rawServer(({ method }, i) => (method === "PUT" ? http(i < 4 ? 202 : 201) : http(403)));
    await openStore(server.url).put(SMALL.checksum, SMALL.bytes);
    // What is not allowed is asked once; what is said to be there is looked at.
    const name = `/${SMALL.checksum.hex()}`;
    expect(asked(server.requests)).toEqual(["PUT", "/buffer-length", "PUT", "PUT", "PUT", name]);
    const failing = await rawServer(({ method }, i) => (method === "PUT" ? http(i < 4 ? 202 : 201) : http(418)));
    await openStore(failing.url).put(SMALL.checksum, SMALL.bytes);
    expect(asked(failing.requests)).toEqual(["PUT", "/buffer-length", "PUT", "/buffer-length", "PUT", name]);
  });

  test("aborting ends the wait", LIMIT, async () => {
    const server = await rawServer(({ method }) => (method === "PUT" ? http(202) : http(200, "[0]")));
    const controller = new AbortController();
    const put = rejection(openStore(server.url).put(SMALL.checksum, SMALL.bytes, controller));
    await until(() => server.requests.length > 1);
    controller.abort(new Error("enough"));
    expect(await put).toBe(controller.signal.reason);
  });
});

describe("a server that says that it is there already (201)", () => {
  const name = `/${SMALL.checksum.hex()}`;
  const has = (status: number, body: string | Uint8Array = "") =>
    rawServer(({ method }) => (method === "PUT" ? http(201) : http(status, body)));

  test("and has hashed it: is believed", async () => {
    const server = await rawServer(() => http(201, "", { etag: `"${SMALL.checksum.hex()}"` }));
    await openStore(server.url).put(SMALL.checksum, SMALL.bytes);
    expect(asked(server.requests)).toEqual(["PUT"]);
  });

  test("and does not say that it has hashed it: is asked for it", async () => {
    const server = await has(200, SMALL.bytes);
    await openStore(server.url).put(SMALL.checksum, SMALL.bytes);
    expect(asked(server.requests)).toEqual(["PUT", name]);
    // With the tag of something else, too.
    const other = await rawServer(({ method }) => http(method === "PUT" ? 201 : 200, SMALL.bytes, { etag: '"1"' }));
    await openStore(other.url).put(SMALL.checksum, SMALL.bytes);
    expect(asked(other.requests)).toEqual(["PUT", name]);
  });

  test.each([
    ["other bytes", 200, SMALL.bytes.with(0, 1 + SMALL.bytes[0]!), "CHECKSUM_MISMATCH"],
    ["fewer", 200, SMALL.bytes.subarray(1), "CHECKSUM_MISMATCH"],
    ["more", 200, sample(2_000).bytes, "CHECKSUM_MISMATCH"],
    ["nothing", 404, "", "STORE_FAILED"],
    ["nothing that it can give out", 500, "", "STORE_FAILED"],
  ])("and has %s: that is no success", async (_, status, body, code) => {
    const server = await has(status, body);
    const error = await failure(openStore(server.url).put(SMALL.checksum, SMALL.bytes));
    expect(error).toMatchObject({ code, checksum: SMALL.checksum });
  });

  test("nor for a stream", async () => {
    const server = await has(200, LARGE.bytes.with(5, 1 + LARGE.bytes[5]!));
    const put = openStore(server.url).putStream(LARGE.checksum, slices());
    expect(await failure(put)).toMatchObject({ code: "CHECKSUM_MISMATCH" });
  });
});

/** The server has said what it has to say before it has read the body, or has gone. */
const EARLY: Readonly<Record<string, readonly [(request: RawRequest) => RawAnswer, string | undefined]>> = {
  "200": [() => http(200), undefined],
  "201": [() => http(201), undefined],
  "201, and the connection is closed": [
    ({ socket }) => void socket.end(http(201, "", { connection: "close" })),
    undefined,
  ],
  "202": [
    ({ method, path }) => (method === "PUT" ? http(202) : http(200, path === "/verify" ? "[true]" : "[5]")),
    undefined,
  ],
  "401": [() => http(401), "ACCESS_DENIED"],
  "405": [() => http(405), "READ_ONLY"],
  "413": [() => http(413), "TOO_LARGE"],
  "503": [() => http(503), "STORE_FAILED"],
  "a redirection": [() => http(307, "", { location: "/elsewhere" }), "STORE_FAILED"],
  "a reset": [({ socket }) => void socket.resetAndDestroy(), "STORE_FAILED"],
  "the end of the connection": [({ socket }) => void socket.end(), "STORE_FAILED"],
  garbage: [() => "What?", "STORE_FAILED"],
};

describe.each(Object.entries(EARLY))("the answer to a long stream comes early: %s", (_, [answer, code]) => {
  const outcome = async (put: Promise<void>) => (code === undefined ? put : (await failure(put)).code);

  test("the source is stopped", LIMIT, async () => {
    const server = await rawServer(answer);
    const store = openStore(server.url, { connections: 1 });
    let stopped = false;
    const source = async function* () {
      try {
        for (;;) {
          yield LARGE.bytes.slice(0, 2 ** 20);
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      } finally {
        stopped = true;
      }
    };
    expect(await outcome(store.putStream(LARGE.checksum, source()))).toBe(code);
    await until(() => stopped);
    expect(server.requests.filter(({ method }) => method === "PUT")).toHaveLength(1);
  });

  test.each([undefined, LARGE.bytes.byteLength])("the source hangs, announced with %s bytes", LIMIT, async (length) => {
    const server = await rawServer(answer);
    const store = openStore(server.url, { connections: 1 });
    const source = async function* () {
      yield LARGE.bytes.slice(0, 2_000_000);
      yield LARGE.bytes.slice(2_000_000, 2_000_001);
      await new Promise(() => {});
    };
    expect(await outcome(store.putStream(LARGE.checksum, source(), { length }))).toBe(code);
    // And the place is free again.
    expect(await outcome(store.putStream(LARGE.checksum, source(), { length }))).toBe(code);
  });
});

test("the source is stopped when there is no connection at all", LIMIT, async () => {
  let stopped = false;
  const source = async function* () {
    try {
      yield* slices();
    } finally {
      stopped = true;
    }
  };
  expect(await failure(openStore(await deadUrl()).putStream(LARGE.checksum, source()))).toMatchObject({
    code: "STORE_FAILED",
  });
  await until(() => stopped);
});

describe("a source that fails", () => {
  test.each([1, 2_000_000])("after %i bytes: what it throws is passed on, and nothing is kept", LIMIT, async (size) => {
    let complete = 0;
    const server = await rawServer(async ({ body }) => {
      await body();
      complete++;
      return http(200);
    });
    const store = openStore(server.url, { connections: 1 });
    for (const reason of [new Error("broken"), "a text", undefined, null, 0]) {
      const source = async function* () {
        yield LARGE.bytes.slice(0, size);
        yield LARGE.bytes.slice(size, size + 1);
        throw reason;
      };
      const found = await store.putStream(LARGE.checksum, source()).then(
        () => "stored",
        (error) => [error],
      );
      expect(found).toEqual([reason]);
    }
    await until(() => server.requests.every(({ socket }) => socket.destroyed));
    expect(complete).toBe(0);
    // No second attempt with what is left of it.
    expect(server.requests).toHaveLength(size === 1 ? 0 : 5);
  });

  test("wrong bytes: the last chunk never leaves", async () => {
    const server = await rawServer(async ({ body }) => {
      await body();
      return http(200);
    });
    const wrong = LARGE.bytes.with(LARGE.bytes.byteLength - 1, 0).with(0, 1);
    for (const length of [undefined, LARGE.bytes.byteLength]) {
      const put = openStore(server.url).putStream(
        LARGE.checksum,
        chunksOf(wrong.subarray(0, 2e6), wrong.subarray(2e6)),
        {
          length,
        },
      );
      expect(await failure(put)).toMatchObject({ code: "CHECKSUM_MISMATCH" });
    }
  });
});

test("a stream that was not begun is tried again, with all of it", async () => {
  const url = await deadUrl();
  const store = openStore(url, { retries: { count: 8, firstDelay: 20 } });
  const put = store.putStream(LARGE.checksum, slices());
  await new Promise((resolve) => setTimeout(resolve, 50));
  const equal = async ({ body }: RawRequest) => http((await body()).equals(LARGE.bytes) ? 200 : 400);
  const server = await rawServer(equal, Number(new URL(url).port));
  await put;
  expect(server.requests).toHaveLength(1);
});

test("a stream that was begun is not tried again", async () => {
  const server = await rawServer(({ socket }, i) => (i === 0 ? void socket.resetAndDestroy() : http(200)));
  const store = openStore(server.url, { retries: { count: 8 } });
  expect(await failure(store.putStream(LARGE.checksum, slices()))).toMatchObject({ code: "STORE_FAILED" });
  expect(server.requests).toHaveLength(1);
});

async function* slices(bytes = LARGE.bytes): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.byteLength; at += 2 ** 18) yield bytes.slice(at, at + 2 ** 18);
}
