import { join } from "node:path";
import { describe, expect } from "vitest";
import { run } from "./support/commands.ts";
import { list, sha256, writeTree } from "./support/files.ts";
import { inTerminal } from "./support/terminal.ts";
import { test } from "./support/test.ts";

/** Names a window, as terminals understand it. */
const EVIL = "\u001b]0;owned\u0007";
const SHOWN = "\\x1b]0;owned\\x07";

describe.concurrent("names that could steer a terminal", () => {
  test("are escaped in lists for people there, and left as they are for programs", async ({ dir }) => {
    writeTree(dir, { [`d/${EVIL}`]: "1", "d.INDEX": "{}\n", "d.CHECKSUM": `${sha256("{}\n")}\n` });
    const args = ["--verify", "--quiet", "d"];
    const shown = await inTerminal("seamless-checksum-index", args, dir);
    expect(shown.out).toContain(`added    ${SHOWN}`);
    expect(shown.out).not.toContain("\u001b");
    const { out } = await run("seamless-checksum-index", args, { cwd: dir });
    expect(out).toContain(`added    ${EVIL}\n`);
  });

  test("stay in lines of sha256sum, also there", async ({ dir }) => {
    writeTree(dir, { [EVIL]: "1", a: "1" });
    const { out } = await inTerminal("seamless-checksum", ["--quiet", EVIL, "a"], dir);
    expect(out).toContain(`${sha256("1")}  ${EVIL}`);
  });

  test("are escaped in notes and errors", async ({ dir }) => {
    writeTree(dir, { [`${EVIL}\u009b`]: "1" });
    const wrote = await run("seamless-checksum-file", [`${EVIL}\u009b`], { cwd: dir });
    expect(wrote).toEqual({
      status: 0,
      out: "",
      err: `seamless-checksum-file: wrote ${SHOWN}\\x9b.CHECKSUM\n`,
    });
    expect(list(dir)).toContain(`${EVIL}\u009b.CHECKSUM`);
    const missing = await run("seamless-checksum", [join("sub", `${EVIL}\u009b`)], { cwd: dir });
    expect(missing.err).not.toMatch(/[^\P{Cc}\n]/u);
  });
});
