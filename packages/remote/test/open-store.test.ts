import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import * as entry from "../src/index.ts";
import { openStore } from "../src/index.ts";
import { tempDir } from "./support/temp.ts";

test("exports of @seamless/remote", () => {
  expect(Object.keys(entry).sort()).toEqual([
    "directoryStore",
    "hashserverHandler",
    "hashserverStore",
    "openStore",
    "tieredStore",
    "webHandler",
  ]);
});

test("paths and file URLs are folders", () => {
  const folder = tempDir();
  for (const url of [folder, pathToFileURL(folder), pathToFileURL(folder).href]) {
    expect(openStore(url)).toMatchObject({ name: folder, costClass: "folder", writable: true });
  }
  expect(openStore(folder, { writable: false }).writable).toBe(false);
  for (const relative of ["buffers", "./a:b", "c:d"]) {
    expect(openStore(relative).name).toBe(join(process.cwd(), relative));
  }
});

test.each([
  ["http://localhost:8000", "http://localhost:8000", "local"],
  ["http://[::1]:8000/", "http://[::1]:8000", "local"],
  ["http://192.168.1.7/base/", "http://192.168.1.7/base", "local"],
  ["HTTPS://user:secret@example.org/a", "https://example.org/a", "remote"],
])("%s is a hashserver", (url, name, costClass) => {
  expect(openStore(url)).toMatchObject({ name, costClass, writable: true });
  expect(openStore(new URL(url), { writable: false })).toMatchObject({ name, writable: false });
});

test.each([
  ["", "a path or a URL"],
  [undefined, "a path or a URL"],
  ["ftp://host/x", "there is no store for ftp://"],
  ["constructor://host", "there is no store for constructor://"],
  ["localhost:8000", "a server is http://host:port"],
  ["http:/host", "a server is http://host:port"],
  ["http://", "got a text that is no URL"],
  ["http://host/?token=secret", "no query"],
  ["http://host/#secret", "no fragment"],
  ["https:user:secret@host", "a server is http://host:port"],
  ["user:secret@host:80", "a server is http://host:port"],
  ["file://user:secret@host/x", "no folder of this machine"],
])("%s is refused, and no secret is told", (url, message) => {
  const refuse = () => openStore(url as string);
  expect(refuse).toThrow(
    expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining(message) }),
  );
  expect(refuse).not.toThrow(/secret/);
});

test("a token goes with a URL, but not with a user in it", () => {
  expect(() => openStore("http://user:pw@host", { token: "t" })).toThrow(/not both/);
  expect(() => openStore("http://host", { token: "two words" })).toThrow(
    expect.objectContaining({ code: "INVALID_ARGUMENT" }),
  );
});
