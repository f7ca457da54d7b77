import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { rejection } from "@seamless/internal/testing";
import { expect, test } from "vitest";
import { openStore, urlStore } from "../src/index.ts";
import { tempDir } from "./support/temp.ts";

test("paths and file URLs are folders", async () => {
  const folder = tempDir();
  for (const url of [folder, pathToFileURL(folder), pathToFileURL(folder).href]) {
    expect(await openStore(url)).toMatchObject({ name: folder, costClass: "folder", writable: true });
  }
  expect((await openStore(folder, { writable: false })).writable).toBe(false);
  for (const relative of ["buffers", "./a:b", "c:d", "./127.0.0.1:8123", "127.0.0.1", "a/b:80", "1:2:3"]) {
    expect((await openStore(relative)).name).toBe(join(process.cwd(), relative));
  }
});

test.each([
  ["http://localhost:8000", "http://localhost:8000", "local"],
  ["http://[::1]:8000/", "http://[::1]:8000", "local"],
  ["http://192.168.1.7/base/", "http://192.168.1.7/base", "local"],
  ["HTTPS://user:secret@example.org/a", "https://example.org/a", "remote"],
])("%s is a hashserver", async (url, name, costClass) => {
  expect(await openStore(url)).toMatchObject({ name, costClass, writable: true });
  expect(await openStore(new URL(url), { writable: false })).toMatchObject({ name, writable: false });
});

test.each([
  ["", "a path or a URL"],
  [undefined, "a path or a URL"],
  ["ftp://host/x", "there is no store for ftp://"],
  ["constructor://host", "there is no store for constructor://"],
  ["localhost:8000", "the server is http://localhost:8000, a folder of that name ./localhost:8000"],
  ["127.0.0.1:8123", "the server is http://127.0.0.1:8123, a folder of that name ./127.0.0.1:8123"],
  ["[::1]:8123", "the server is http://[::1]:8123"],
  ["my_host:80", "the server is http://my_host:80"],
  ["10.0.0.1:8000/base/", "the server is http://10.0.0.1:8000/base/"],
  ["host:8000/", "the server is http://host:8000/"],
  ["http:/host", "a server is http://host:port"],
  ["http://", "got a text that is not a URL"],
  ["http://host/?token=secret", "no query"],
  ["http://host/#secret", "no fragment"],
  ["https:user:secret@host", "a server is http://host:port"],
  ["user:secret@host:80", "a server is http://host:port"],
  ["file://user:secret@host/x", "not a folder of this machine"],
])("%s is refused, and no secret is told", async (url, message) => {
  const error = await rejection<Error>(openStore(url as string));
  expect(error).toMatchObject({ code: "INVALID_ARGUMENT", message: expect.stringContaining(message) });
  expect(error.message).not.toMatch(/secret/);
  expect(() => urlStore(url as string)).toThrow(error);
});

test("a folder takes no token", async () => {
  const folder = tempDir();
  for (const url of [folder, pathToFileURL(folder), pathToFileURL(folder).href]) {
    const error = await rejection<Error>(openStore(url, { token: "s3cret" }));
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(error.message).not.toMatch(/s3cret/);
  }
});

test("a token goes with a URL, but not with a user in it", async () => {
  expect((await rejection<Error>(openStore("http://user:pw@host", { token: "t" }))).message).toMatch(/not both/);
  expect(await rejection<Error>(openStore("http://host", { token: "two words" }))).toMatchObject({
    code: "INVALID_ARGUMENT",
  });
});
