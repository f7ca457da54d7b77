import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { auditFaults } from "../src/audit.ts";

/** What the registry is asked, and what it answers. */
interface Answer {
  readonly status: number;
  readonly body?: object;
}

/** Ask a registry of our own. */
async function auditWith({ status, body }: Answer) {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += chunk;
    asked.push(text);
    response.writeHead(status, { "content-type": "application/json" }).end(body && JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  try {
    return { asked, faults: await auditFaults({ npm_config_registry: registry, npm_config_fetch_retries: "0" }) };
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

const vulnerabilities = { info: 0, low: 0, moderate: 0, high: 0, critical: 0 };
const clean = { actions: [], muted: [], advisories: {}, metadata: { vulnerabilities, dependencies: 1 } };

test("a registry that knows nothing against the packages lets them pass", async () => {
  const { asked, faults } = await auditWith({ status: 200, body: clean });
  expect(faults).toEqual([]);
  // It was asked for what users get and for what only we use.
  expect(asked).toHaveLength(1);
  for (const name of ["undici", "@noble/hashes", "zstddec", "vitest", "tsup"]) expect(asked[0]).toContain(`"${name}"`);
});

test("an advisory is told with what to do about it", async () => {
  const advisory = {
    id: 1,
    github_advisory_id: "GHSA-xxxx-xxxx-xxxx",
    module_name: "undici",
    severity: "high",
    title: "Anything may happen",
    url: "https://advisories.example/1",
    vulnerable_versions: "<7.99.0",
    patched_versions: ">=7.99.0",
    findings: [{ version: "7.30.2", paths: ["packages__remote>undici"] }],
  };
  const other = { ...advisory, id: 2, module_name: "zstddec", vulnerable_versions: "*", patched_versions: "<0.0.0" };
  const metadata = { ...clean.metadata, vulnerabilities: { ...vulnerabilities, high: 2 } };
  const { faults } = await auditWith({
    status: 200,
    body: { ...clean, advisories: { 1: advisory, 2: { ...other, severity: "low" } }, metadata },
  });
  expect(faults).toEqual([
    "undici <7.99.0 (high, by packages__remote > undici): Anything may happen, mended in >=7.99.0; https://advisories.example/1",
    "zstddec * (low, by packages__remote > undici): Anything may happen, not mended yet; https://advisories.example/1",
  ]);
});

test.each([405, 404, 500])("a registry that answers %i has not been asked, and that is no pass", async (status) => {
  const { faults } = await auditWith({ status });
  expect(faults).toEqual([expect.stringContaining("could not be asked for security advisories")]);
  expect(faults[0]).toContain("--without-audit");
});

test("nor has one that is not there", async () => {
  const faults = await auditFaults({ npm_config_registry: "http://127.0.0.1:1/", npm_config_fetch_retries: "0" });
  expect(faults).toEqual([expect.stringContaining("could not be asked")]);
});
