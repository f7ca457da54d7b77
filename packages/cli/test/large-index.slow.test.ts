import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect } from "vitest";
import { run } from "./support/commands.ts";
import { list } from "./support/files.ts";
import { test } from "./support/test.ts";

/** As many files, all different, in folders of a hundred. */
function indexOfMany(count: number): string {
  const lines = Array.from({ length: count }, (_, i) => {
    const hex = createHash("sha256").update(String(i)).digest("hex");
    return `  "data/folder-${String(Math.floor(i / 100)).padStart(5, "0")}/file-${String(i).padStart(7, "0")}.bin": "${hex}"`;
  });
  return `{\n${lines.join(",\n")}\n}\n`;
}

/** A server that says to have everything. */
async function boastful() {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      if (request.url !== "/buffer-length") return response.writeHead(404).end("Not found");
      const asked = JSON.parse(Buffer.concat(chunks).toString()) as string[];
      response.setHeader("Content-Type", "application/json").end(JSON.stringify(asked.map(() => 5)));
    });
  }).listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

test("an index of a million files takes less than 600 MiB: a tenth of it, a tenth of that", async ({
  dir,
  onTestFinished,
}) => {
  const files = 100_000;
  writeFileSync(join(dir, "d.INDEX"), indexOfMany(files));
  const { url, close } = await boastful();
  onTestFinished(() => void close());
  // All objects: a process that needs more ends. The bytes of the index, a sixth of the whole, are not among them.
  // Near the limit, V8 also ends a process whose garbage takes long to collect, as it does on a busy machine: not this one.
  const patient = "import v8 from 'node:v8';v8.setFlagsFromString('--no-detect-ineffective-gcs-near-heap-limit')";
  const env = { NODE_OPTIONS: `--max-old-space-size=56 --import "data:text/javascript,${patient}"` };
  const outcome = await run("seamless download", ["--store", url, "--dry-run", "--quiet", "--json", "d"], {
    cwd: dir,
    env,
  });
  expect(outcome).toMatchObject({ status: 0, err: "" });
  expect(JSON.parse(outcome.out)).toMatchObject({ files, missing: { files, bytes: 5 * files } });
  expect(list(dir)).toEqual(["d.INDEX"]);
}, 600_000);
