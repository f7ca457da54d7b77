import { Checksum, isSeamlessError, parseIndex, SeamlessError, serializeIndex } from "@seamless/checksum";
import { describe, expect, test } from "vitest";
import { computed } from "vue";
import { lookUp, rowsOf } from "../src/page/store/folder.ts";
import { readPlace, showName, writePlace } from "../src/page/store/place.ts";
import { createSession, explain, readChecksum } from "../src/page/store/session.ts";

const A = Checksum.of(new TextEncoder().encode("a"));
const hex = A.hex();
const indexOf = (...paths: readonly string[]) => parseIndex(serializeIndex(paths.map((path) => [path, A] as const)));

describe("what lies in an index", () => {
  const index = indexOf(
    "a.txt",
    "b/c/d.txt",
    "b/c/e.txt",
    "b/f.txt",
    "b.txt",
    "bb/g.txt",
    "__proto__",
    "constructor/x",
  );

  test("at its top: folders with the files in them at any depth, and files", () => {
    expect(lookUp(index, [])).toEqual({
      folders: [
        { name: "b", files: 3 },
        { name: "bb", files: 1 },
        { name: "constructor", files: 1 },
      ],
      files: ["__proto__", "a.txt", "b.txt"].map((name) => ({ name, checksum: hex })),
    });
  });

  test("at a path", () => {
    expect(lookUp(index, ["b"])).toEqual({
      folders: [{ name: "c", files: 2 }],
      files: [{ name: "f.txt", checksum: hex }],
    });
    expect(lookUp(index, ["b", "c", "d.txt"])).toEqual({ name: "d.txt", checksum: hex });
    expect(lookUp(index, ["constructor", "x"])).toEqual({ name: "x", checksum: hex });
  });

  test.each([["c"], ["b", "c", "x"], ["a.txt", "x"], ["toString"], ["b", ".."], ["b/c"]])(
    "nothing at %j",
    (...path) => {
      // `b/c` as one name is no name at all: the same as the two.
      expect(lookUp(index, path)).toEqual(path[0] === "b/c" ? lookUp(index, ["b", "c"]) : undefined);
    },
  );

  test("in parts, folders first", () => {
    const folder = lookUp(index, []);
    if (folder === undefined || !("folders" in folder)) throw new Error("no folder");
    const names = (start: number, count: number) => rowsOf(folder, start, count).map(({ name }) => name);
    expect(names(0, 2)).toEqual(["b", "bb"]);
    expect(names(2, 3)).toEqual(["constructor", "__proto__", "a.txt"]);
    expect(names(4, 9)).toEqual(["a.txt", "b.txt"]);
    expect(names(6, 9)).toEqual([]);
  });
});

describe("places", () => {
  test.each([[[]], [["a"]], [["a b", "c%2f#?&=+", "é"]]])("%j as text and back", (path) => {
    const place = { checksum: hex, path };
    expect(readPlace(writePlace(place))).toEqual(place);
  });

  test.each(["", "x", hex.slice(1), `${hex}x`, hex.toUpperCase(), `${hex}/`, `${hex}//a`, `/${hex}`])(
    "%s is none",
    (text) => {
      expect(readPlace(text)).toBeUndefined();
    },
  );
});

test.each([
  ["a b.txt", "a b.txt"],
  ["é漢😀", "é漢😀"],
  ["a\u202etxt", "a\\u202etxt"],
  ["\u001b[31m\n", "\\u001b[31m\\u000a"],
  ["a\\u202e", "a\\\\u202e"],
  ["\u{e0041}x", "\\u{e0041}x"],
])("the name %j is shown as %s", (name, shown) => {
  expect(showName(name)).toBe(shown);
});

test("a checksum is read in capitals and with white space around, and nothing else is", () => {
  expect(readChecksum(` ${hex.toUpperCase()}\n`)?.hex()).toBe(hex);
  for (const text of ["", "x", hex.slice(1), `${hex}0`, `${hex.slice(1)}g`]) expect(readChecksum(text)).toBeUndefined();
});

describe("the session", () => {
  test("asks the server one folder above the page", () => {
    expect(createSession("http://localhost:8000/ui/").url).toBe("http://localhost:8000/");
    expect(createSession("https://a.example/some/place/ui/index.html").url).toBe("https://a.example/some/place/");
  });

  test("uses another token from now on; what is no token leaves the one before", () => {
    const session = createSession("http://localhost:8000/ui/");
    expect([session.hasToken.value, session.store.value.list]).toEqual([false, undefined]);
    session.setToken("secret");
    const { value: store } = session.store;
    expect([session.hasToken.value, typeof store.list]).toEqual([true, "function"]);
    expect(() => session.setToken("two words")).toThrow("a token is");
    expect(session.store.value).toBe(store);
    session.setToken("");
    expect(session.hasToken.value).toBe(false);
  });

  test.each([
    [401, false, "The server requires a token (status 401). Type it above."],
    [401, true, "The server does not accept this token (status 401). Type another one above."],
    [403, true, "The server does not allow it (status 403)."],
    [500, false, "the server failed (status 500)"],
  ])("says of an answer with %i, with a token: %s, what to do", async (status, hasToken, expected) => {
    const session = createSession("http://127.0.0.1:9/ui/");
    if (hasToken) session.setToken("secret");
    const code = status === 500 ? "STORE_FAILED" : "ACCESS_DENIED";
    const words = status === 500 ? expected : `${session.url}: cannot get ${hex}: the server … (status ${status})`;
    expect(explain(new SeamlessError(code, words), session)).toBe(expected);
  });

  test("and of a server that is not there, as its own client tells it", async () => {
    // Node's client names the reason, the browser's has none.
    const session = { url: "http://127.0.0.1:9/", hasToken: computed(() => false) };
    const error = await createSession("http://127.0.0.1:9/ui/")
      .store.value.has([A])
      .catch((reason: unknown) => reason);
    expect(isSeamlessError(error, "STORE_FAILED")).toBe(true);
    const browsers = "x: cannot look for: the request failed (no connection, or not allowed to this page)";
    expect(explain(new SeamlessError("STORE_FAILED", browsers), session)).toBe(
      "The server at http://127.0.0.1:9/ cannot be reached. Is it still running?",
    );
  });
});
