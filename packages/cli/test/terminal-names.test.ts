import { join } from "node:path";
import { describe, expect } from "vitest";
import { type CommandName, run, runAll } from "./support/commands.ts";
import { list, sha256, writeTree } from "./support/files.ts";
import { keep } from "./support/stores.ts";
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

  test("are one line in all that is said of them", async ({ dir }) => {
    const name = `${EVIL}\nx`;
    const [hex] = await keep(join(dir, "store"), "hello\n");
    writeTree(dir, {
      [name]: "1",
      [`${name}.d/a`]: "1",
      [`${name}.INDEX`]: "{",
      [`${name}.list`]: `${hex}  gone\n`,
    });
    const options = { cwd: dir, env: { SEAMLESS_STORE: "store", XDG_CONFIG_HOME: join(dir, `${name}.config`) } };
    const lines: readonly (readonly [CommandName, readonly string[]])[] = [
      ["seamless-checksum-file", [name]],
      ["seamless-checksum", ["-c", `${name}.list`]],
      ["seamless-checksum-index", ["--dry-run", "--exclude", name, "--include", name, `${name}.d`]],
      ["seamless has", [`${name}.CHECKSUM`, `${name}.none.CHECKSUM`]],
      ["seamless get", [hex!, "-o", `${name}.out`]],
      ["seamless cat", [`${name}.none`]],
      ["seamless cat", [`${name}.d`]],
      ["seamless ls", [name, "--store", `@${name}`]],
      ["seamless inspect", [`${name}.INDEX/a`]],
      ["seamless convert", [name, "--from=text", "--to=bytes", "-o", `${name}.out`]],
      ["seamless resolve", ["--as=binary", name]],
      ["seamless fingertip", [hex!, `--record=${name}`, `--functions=${name}`]],
      ["seamless fingertip", [hex!, `--record=${name}.d`, `--functions=${name}.none`]],
      ["seamless config", []],
      ["seamless config", [name]],
      ["seamless config", ["store", "--store", name]],
      ["seamless store du", [`${name}.none`]],
      ["seamless store verify", [name]],
      ["seamless store sync", [`${name}.none`, "other"]],
      ["seamless store gc", ["store", "--keep", `${name}.none`]],
      ["seamless", ["help", name]],
    ];
    const outcomes = await runAll(lines, options);
    for (const [i, [command, args]] of lines.entries()) {
      const { out, err } = outcomes[i]!;
      expect([command, args, /^x/m.test(out + err)]).toEqual([command, args, false]);
      expect([command, args, err]).toEqual([command, args, err.replace(/[^\P{Cc}\n]/gu, "?")]);
    }
  });
});
