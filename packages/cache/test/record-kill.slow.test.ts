import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { openDirectoryRecord } from "../src/node/index.ts";

const KILLS = 10;
/** The build, since Node cannot run the sources. */
const BUILT = new URL("../dist/node/index.js", import.meta.url);

/** Adds entries until it is killed, a few at a time, and merges now and then; names each that is safely there. */
const WRITER = `
  import { writeSync } from "node:fs";
  const [built, folder, kill] = process.argv.slice(1);
  const { openDirectoryRecord } = await import(built);
  const record = await openDirectoryRecord(folder);
  const checksum = (text) => ({ hex: () => text, equals: () => false });
  const add = async (i) => {
    const name = kill + "-" + i;
    const hex = i.toString(16).padStart(64, "0");
    const transformation = { function: name, inputs: {}, output: "int", getChecksum: () => checksum(name) };
    await record.add({ transformation, result: checksum(hex), cpuSeconds: 1 });
    writeSync(1, name + "\\n");
  };
  for (let i = 0; ; i += 3) {
    await Promise.all([add(i), add(i + 1), add(i + 2), i % 2 === 0 ? record.compact() : undefined]);
  }
`;

test("killed at any moment, the record keeps everything that was acknowledged", async () => {
  if (!existsSync(BUILT)) throw new Error("this test needs the build: run pnpm --filter @seamless/cache build");
  const folder = mkdtempSync(join(tmpdir(), "record-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const acknowledged: string[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const args = ["--input-type=module", "-e", WRITER, fileURLToPath(BUILT), folder, String(kill)];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const closed = once(child, "close");
    // How far it is in its writing by then is anybody's guess.
    let left = 5 + kill;
    for await (const name of createInterface(child.stdout)) {
      acknowledged.push(name);
      if (left-- === 0) child.kill("SIGKILL");
    }
    expect(await closed).toEqual([null, "SIGKILL"]);
  }
  expect(acknowledged.length).toBeGreaterThan(KILLS * 5);
  const record = await openDirectoryRecord(folder);
  onTestFinished(() => record.close());
  const names: string[] = [];
  for await (const { transformation } of record.entries()) names.push(transformation.function);
  expect(names).toEqual(expect.arrayContaining(acknowledged));
});
