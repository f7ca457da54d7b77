import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Checksum } from "../src/index.ts";
import { builtNode, installBuild } from "./support/built.ts";
import { rejection } from "./support/errors.ts";
import { makeTempDir, removeTempDir } from "./support/temp.ts";

const WORKER = "node_modules/@seamless/checksum/dist/node/hash-worker.js";
/** So many that a worker starts at once, and one so large that it comes to its turn. */
const FILES = 3500;
const LARGE = 2 ** 29;
let folder: string;
let worker: string;

beforeAll(() => {
  folder = makeTempDir();
  installBuild(folder);
  worker = readFileSync(join(folder, WORKER), "utf8");
  mkdirSync(join(folder, "data"));
  for (let i = 0; i < FILES; i++) writeFileSync(join(folder, "data", `f${i}`), "x");
  writeFileSync(join(folder, "data/a-large-one"), "");
  truncateSync(join(folder, "data/a-large-one"), LARGE);
});
afterAll(() => removeTempDir(folder));

const SOURCE = `
  import { indexDirectory } from "@seamless/checksum/node";
  const outcome = await indexDirectory("data", { threads: 2 }).then(
    ({ entries }) => ({ files: entries.size, hex: entries.get("f0").hex() }),
    ({ name, code, message }) => ({ name, code, message }),
  );
  console.log(JSON.stringify(outcome));
`;

/** What becomes of an index in a process of its own; none if the process dies of it. */
function outcome(...args: readonly string[]): unknown {
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  expect(stderr).toBe("");
  return JSON.parse(stdout);
}

describe("a worker", () => {
  test("starts whatever options the process was started with", () => {
    const hex = Checksum.of(Buffer.from("x")).hex();
    expect(outcome("--input-type=module", "--eval", SOURCE)).toEqual({ files: FILES + 1, hex });
  });

  const TAKE = `
    import { once } from "node:events";
    import { parentPort } from "node:worker_threads";
    const [{ counters }] = await once(parentPort, "message");
    Atomics.add(counters, 0, 1);
  `;
  test.each<[string, string | undefined, string]>([
    ["cannot be started", undefined, "a thread failed"],
    ["throws", `${TAKE} throw new Error("bug");`, "a thread failed"],
    ["throws what is no error", `${TAKE} throw null;`, "a thread failed"],
    ["ends with a status", `${TAKE} process.exit(3);`, "a thread failed"],
    ["ends as if all were well, with a file taken and not hashed", `${TAKE} process.exit(0);`, "1 of 3501 files"],
  ])("that %s is an error that can be caught, never a checksum", (_, source, message) => {
    if (source === undefined) rmSync(join(folder, WORKER));
    else writeFileSync(join(folder, WORKER), source);
    writeFileSync(join(folder, "child.mjs"), SOURCE);
    const failed = outcome("child.mjs");
    writeFileSync(join(folder, WORKER), worker);
    expect(failed).toMatchObject({ name: "SeamlessError", code: "IO_ERROR" });
    expect(failed).toHaveProperty("message", expect.stringContaining(message));
  });
});

test("what onProgress throws, at any moment, rejects the call as it is and stops the work", async () => {
  const { indexDirectory } = builtNode;
  // One that looks like an error of the system is not taken for one of a file.
  const reason = Object.assign(new Error("mine"), { code: "ENOENT", syscall: "open" });
  for (const when of ["during the work", "at its end"]) {
    const seen: number[] = [];
    const promise = indexDirectory(join(folder, "data"), {
      threads: 1,
      onProgress: ({ files, totalFiles }) => {
        seen.push(files);
        if (when === "during the work" || files === totalFiles) throw reason;
      },
    });
    expect(await rejection(promise)).toBe(reason);
    expect(seen.at(-1) === FILES + 1).toBe(when === "at its end");
  }
});
