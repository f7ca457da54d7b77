import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { type CommandName, run } from "./support/commands.ts";
import { jsonLines, snapshot, writeTree } from "./support/files.ts";
import { inTerminal } from "./support/terminal.ts";
import { test } from "./support/test.ts";

/** Names a window, as terminals understand it, and has a line break. */
const EVIL = "\u001b]0;owned\u0007\nx";
const SHOWN = "\\x1b]0;owned\\x07\\nx";
const LISTED = "\u001b]0;owned\u0007\\nx";

/** A directory and an index with such a name, both in the store; the index holds one, too. */
async function prepare(dir: string) {
  writeTree(dir, { [`${EVIL}/${EVIL}`]: "1", [`${EVIL}/b`]: "2" });
  const env = { SEAMLESS_STORE: join(dir, "store") };
  expect((await run("seamless upload", [EVIL, "--quiet"], { cwd: dir, env })).status).toBe(0);
  return { cwd: dir, env };
}

describe.concurrent("names with line breaks and control characters", () => {
  test("are one line in every listing, and escaped on a terminal", async ({ dir }) => {
    const options = await prepare(dir);
    writeTree(dir, { "other/c": "1" });
    for (const [name, args] of [
      ["seamless ls", [`${EVIL}.INDEX`]],
      ["seamless ls", ["--tree", `${EVIL}.INDEX`]],
      ["seamless diff", [EVIL, "other"]],
      ["seamless-checksum", [`${EVIL}/${EVIL}`, `${EVIL}/b`]],
      ["seamless-checksum-index", [EVIL, "other"]],
      ["seamless put", [`${EVIL}/${EVIL}`, `${EVIL}/b`]],
      ["seamless upload", [EVIL, `${EVIL}/b`]],
      ["seamless download", [`${EVIL}.INDEX`, "-o", EVIL]],
    ] as const satisfies readonly (readonly [CommandName, readonly string[]])[]) {
      const { out, err } = await run(name, args, options);
      expect({ name, listed: out.includes(LISTED), split: /^x/m.test(out) }).toEqual({
        name,
        listed: true,
        split: false,
      });
      // Messages go to people.
      expect(err).not.toMatch(/[^\P{Cc}\n]/u);
    }
    for (const [name, args] of [
      ["seamless ls", [`${EVIL}.INDEX`]],
      ["seamless ls", ["--tree", `${EVIL}.INDEX`]],
      ["seamless diff", [EVIL, "other"]],
      ["seamless download", [`${EVIL}.INDEX`, "--store", "store", "-o", EVIL]],
    ] as const) {
      const { out } = await inTerminal(name, args, dir);
      expect({ name, args, shown: out.includes(SHOWN) }).toEqual({ name, args, shown: true });
      expect(out.replaceAll("\r\u001b[K", "").replaceAll("\u001b[K", "")).not.toContain("\u001b");
    }
  });

  test("are found as paths, and told in --json as they are", async ({ dir }) => {
    const options = await prepare(dir);
    const { status, out } = await run("seamless download", ["--json", EVIL, EVIL, "-o", "copy"], options);
    // What names a checksum is not taken for a path.
    expect({ status, out: jsonLines(out) }).toMatchObject({ status: 2, out: [{ error: { code: "USAGE" } }] });
    const part = await run("seamless download", ["--json", `${EVIL}.INDEX/${EVIL}`, "-o", "copy"], options);
    expect(jsonLines(part.out)).toMatchObject([
      { path: `${EVIL}.INDEX`, target: "copy", files: 1, leftOut: { files: 1, folders: 0 } },
    ]);
    expect(snapshot(join(dir, "copy"))).toEqual({ [EVIL]: "1" });
  });
});

describe.concurrent("where results cannot be written", () => {
  const lines = [
    ["seamless upload", ["d", "f"]],
    ["seamless download", ["d", "-o", "copy"]],
  ] as const;

  async function some(dir: string) {
    writeTree(dir, { "d/a": "1", f: "2" });
    const env = { SEAMLESS_STORE: join(dir, "store") };
    expect((await run("seamless upload", ["d", "--quiet"], { cwd: dir, env })).status).toBe(0);
    return { cwd: dir, env };
  }

  test("to a pipe that nobody reads: the work is done, quietly", async ({ dir }) => {
    const options = await some(dir);
    for (const [name, args] of lines) {
      const { status, err } = await run(name, args, { ...options, stdout: "closed" });
      // 141 if the pipe is seen to be closed in the middle.
      expect([0, 141]).toContain(status);
      expect(err).not.toMatch(/EPIPE|Error|at /);
    }
    expect((await run("seamless upload", ["d", "f"], options)).status).toBe(0);
    expect((await run("seamless download", ["d", "-o", "copy"], options)).status).toBe(0);
    expect(snapshot(join(dir, "copy"))).toEqual({ a: "1" });
  });

  test("to a full disk: an error, once", async ({ dir }) => {
    const options = await some(dir);
    for (const [name, args] of lines) {
      const full = openSync("/dev/full", "w");
      const { status, err } = await run(name, args, { ...options, stdout: full });
      closeSync(full);
      expect({ name, status }).toEqual({ name, status: 1 });
      expect(err.split(`${name.split(" ")[0]}: cannot write the results: ENOSPC`)).toHaveLength(2);
    }
  });
});
