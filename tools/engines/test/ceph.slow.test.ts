import { expect, onTestFinished, test } from "vitest";
import { unavailable } from "../../build/unavailable.ts";
import { missingCeph, startCeph, startGateway } from "../src/index.ts";

test("Ceph answers as S3, by a gateway that can be killed and started again", async ({ skip }) => {
  const missing = missingCeph();
  if (missing !== undefined) unavailable(skip, missing);
  const cluster = await startCeph();
  onTestFinished(() => cluster.stop());
  const gateway = await startGateway(cluster);
  onTestFinished(() => gateway.stop());
  for (const { endpoint } of [cluster, gateway]) {
    expect(await (await fetch(endpoint)).text()).toContain("ListAllMyBucketsResult");
  }
  await gateway.kill();
  await expect(fetch(gateway.endpoint)).rejects.toThrow("fetch failed");
  await gateway.restart();
  expect((await fetch(gateway.endpoint)).status).toBe(200);
  expect((await fetch(cluster.endpoint)).status).toBe(200);
}, 300_000);
