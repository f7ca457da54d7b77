import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as entry from "@seamless/ui";
import { describe, expect, test } from "vitest";

const { files } = entry;
const site = fileURLToPath(new URL("../dist/site", import.meta.url));
const html = new TextDecoder().decode(await files["index.html"]!.read());

// The public surface: a change of it is a change here.
test("exports", () => {
  expect(Object.keys(entry)).toEqual(["files"]);
});

describe("the table of the files", () => {
  test("has all that was built, but source maps", () => {
    const built = readdirSync(site, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile() && !file.name.endsWith(".map"))
      .map((file) => `${file.parentPath}/${file.name}`.slice(site.length + 1).replaceAll("\\", "/"));
    expect(Object.keys(files).sort()).toEqual(built.sort());
  });

  test.each(Object.entries(files))("%s", async (path, { type, etag, immutable, read }) => {
    const bytes = await read();
    expect(createHash("sha256").update(bytes).digest("base64url")).toBe(etag);
    // Read once.
    expect(await read()).toBe(bytes);
    expect(immutable).toBe(/^assets\/[\w.-]+-[\w-]{8}\.(?:js|css|svg)$/.test(path));
    expect(type).toBe(
      { html: "text/html; charset=utf-8", js: "text/javascript; charset=utf-8", css: "text/css; charset=utf-8" }[
        path.split(".").at(-1)!
      ] ?? "image/svg+xml",
    );
  });
});

describe("the page", () => {
  test("has nothing in it that its policy forbids, and nothing of another host", () => {
    expect(html).not.toMatch(/<style|<script(?![^>]* src=)| style="| on[a-z]+="|https?:|data:/);
    expect(html).toContain("<noscript>");
  });

  test("names its files from where it is, so that it can be anywhere", () => {
    const links = Array.from(html.matchAll(/ (?:src|href)="([^"]+)"/g), ([, link]) => link!);
    expect(links.length).toBeGreaterThan(2);
    expect(links.filter((link) => !link.startsWith("./") || files[link.slice(2)] === undefined)).toEqual([]);
  });

  test("no script makes HTML or code out of text", async () => {
    const scripts = await Promise.all(
      Object.entries(files).map(async ([path, { read }]) =>
        path.endsWith(".js") ? new TextDecoder().decode(await read()) : "",
      ),
    );
    // Vue's own runtime has `innerHTML` for static parts of templates, which this page has none of.
    expect(scripts.filter((script) => /\beval\(|new Function\(|document\.write\(/.test(script))).toEqual([]);
  });
});
