import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { workspaceRoot } from "@seamless-tools/examples";
import { expect, test } from "vitest";
import { auditFaults } from "../src/audit.ts";

/** Ask a registry of our own, which answers with a body that is JSON, or a text. */
async function auditWith(status: number, body: unknown, ignored?: readonly string[]) {
  const asked: { readonly path: string; readonly versions: Readonly<Record<string, readonly string[]>> }[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += chunk;
    asked.push({ path: `${request.method} ${request.url}`, versions: JSON.parse(text) });
    response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}/npm`;
    return { asked, faults: await auditFaults(registry, ignored) };
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

/** The version of undici that users get. */
const [, undici] = /^ {2}undici@([\d.]+):$/m.exec(readFileSync(join(workspaceRoot, "pnpm-lock.yaml"), "utf8"))!;

test("a registry that knows nothing against the packages lets them pass", async () => {
  const { asked, faults } = await auditWith(200, {});
  expect(faults).toEqual([]);
  expect(asked.map(({ path }) => path)).toEqual(["POST /npm/-/npm/v1/security/advisories/bulk"]);
  // For what users get, and for what only we use.
  const [{ versions }] = asked as [(typeof asked)[number]];
  expect(versions["undici"]).toContain(undici);
  for (const name of ["@noble/hashes", "zstddec", "vitest", "tsup"]) {
    expect(versions[name]).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+/)]);
  }
});

test("an advisory is told of the versions that are locked, and of no other", async () => {
  const url = "https://advisories.example/GHSA-aaaa-bbbb-cccc";
  const advisory = { id: 1, url, title: "Anything may happen", severity: "high", cwe: [] };
  const { faults } = await auditWith(200, {
    undici: [
      { ...advisory, vulnerable_versions: `<=${undici}` },
      { ...advisory, vulnerable_versions: "<1.0.0" },
    ],
    "not-here": [{ ...advisory, vulnerable_versions: "*" }],
  });
  expect(faults).toContain(`undici@${undici} (high; <=${undici}): Anything may happen; ${url}; npx pnpm why -r undici`);
  expect(faults.filter((fault) => !fault.includes(`(high; <=${undici})`))).toEqual([]);
});

test.each(["all before the mended one", "1.x <=> 2", ""])(
  "a range that cannot be read, %j, concerns all",
  async (range) => {
    const url = "https://advisories.example/GHSA-aaaa-bbbb-cccc";
    const advisory = { url, title: "Anything may happen", severity: "high", vulnerable_versions: range };
    const { faults } = await auditWith(200, { undici: [advisory] });
    expect(faults).toContain(`undici@${undici} (high; ${range}): Anything may happen; ${url}; npx pnpm why -r undici`);
  },
);

test("an advisory that is ignored by its name is not told, and others are", async () => {
  const named = (id: string) => ({
    url: `https://advisories.example/GHSA-${id}`,
    title: id,
    severity: "low",
    vulnerable_versions: "*",
  });
  const answer = { zstddec: [named("aaaa"), named("bbbb")] };
  const { faults } = await auditWith(200, answer, ["GHSA-aaaa"]);
  expect(faults).toEqual([expect.stringMatching(/^zstddec@[\d.]+ \(low; \*\): bbbb; .*GHSA-bbbb;/)]);
});

test.each([
  [405, "", "it answered 405"],
  [500, "{}", "it answered 500"],
  [200, "<html>", "is not valid JSON"],
  [200, "null", "it answered with something else"],
  [200, { error: "no" }, "it answered with something else"],
])("a registry that answers %i with %j has not been asked, and that is no pass", async (status, body, why) => {
  const { faults } = await auditWith(status, body);
  expect(faults).toEqual([expect.stringContaining("the registry could not be asked for security advisories (")]);
  expect(faults[0]).toContain(why);
  expect(faults[0]).toContain("--without-audit");
});

test("nor has one that is not there", async () => {
  expect(await auditFaults("http://127.0.0.1:1/")).toEqual([expect.stringContaining("could not be asked")]);
});
