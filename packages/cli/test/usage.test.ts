import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import {
  COMMANDS,
  type CommandName,
  inOneProcess,
  type Outcome,
  refusal,
  run,
  runAll,
  shell,
} from "./support/commands.ts";
import { jsonLines, list, writeTree } from "./support/files.ts";
import { recordSum } from "./support/record.ts";
import { serving } from "./support/server.ts";
import { test } from "./support/test.ts";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

/** What stands behind the name, and what is missing if nothing does. */
const OPERANDS: Readonly<Record<CommandName, string>> = {
  seamless: "COMMAND",
  "seamless-checksum": "FILE…",
  "seamless-checksum-file": "FILE…",
  "seamless-checksum-index": "DIR…",
  "seamless checksum": "FILE…",
  "seamless checksum-file": "FILE…",
  "seamless index": "DIR…",
  "seamless put": "FILE…",
  "seamless get": "CHECKSUM…",
  "seamless has": "CHECKSUM…",
  "seamless upload": "DIR|FILE…",
  "seamless download": "INDEX|CHECKSUM [PATH]…",
  "seamless ls": "X",
  "seamless diff": "A B",
  "seamless cat": "X",
  "seamless inspect": "X",
  "seamless convert": "X",
  "seamless matrix": "[FROM] [TO]",
  "seamless checksum-of": "VALUE",
  "seamless resolve": "X",
  "seamless fingertip": "X",
  "seamless config": "[NAME]",
  "seamless completion": "SHELL",
  "seamless serve": "DIR",
  "seamless store": "COMMAND",
  "seamless store verify": "URL",
  "seamless store ls": "URL",
  "seamless store du": "URL",
  "seamless store rm": "URL CHECKSUM…",
  "seamless store copy": "FROM TO CHECKSUM|INDEX…",
  "seamless store sync": "FROM TO",
  "seamless store gc": "URL",
  "seamless store compress": "FOLDER",
  "seamless store decompress": "FOLDER",
};

const synopsis = (name: CommandName) =>
  OPERANDS[name] === "COMMAND" ? "COMMAND [OPTION]… OPERAND…" : `[OPTION]… ${OPERANDS[name]}`;

describe.concurrent.for(COMMANDS)("%s", (name) => {
  test("--help says how it is called, and its example is true", async ({ dir }) => {
    const { status, out, err } = await run(name, ["--help"]);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(out.split("\n")[0]).toBe(`Usage: ${name} ${synopsis(name)}`);
    for (const option of ["--json", "--quiet", "--progress", "-h, --help", "-V, --version"]) {
      expect(out).toContain(`\n  ${option} `);
    }
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(120);
    const example = /\nExample:\n((?: {2}.*\n)+)/.exec(out)![1]!.replaceAll(/^ {2}/gm, "");
    writeTree(dir, { "data/a.txt": "hello\n", "data.csv": "a,b\n" });
    if (name === "seamless serve") return verifyServing(example, dir);
    if (name === "seamless fingertip") await recordSum(dir);
    const commands = example.split("\n").filter((line) => line.startsWith("$ "));
    expect(commands.length).toBeGreaterThan(0);
    const script = commands.map((line) => `echo '${line.replaceAll("'", "'\\''")}'; ${line.slice(2)}`).join("\n");
    const { out: printed, ...rest } = await shell(`exec 2>&1\nset -e\n${script}`, dir);
    // Whose home the example is in, nobody knows.
    expect({ ...rest, out: printed.replaceAll(dir, "/home/me") }).toEqual({ status: 0, out: example, err: "" });
  });

  test("-h is --help, -V is --version", async () => {
    const [help, short, version, letter] = await runEach(name, [["--help"], ["-h"], ["--version"], ["-V"]]);
    expect(short).toEqual(help);
    expect(letter).toEqual(version);
  });

  test("--version is that of the package, alone and beside other things", async () => {
    const expected = { status: 0, out: `${name.split(" ")[0]} ${version}\n`, err: "" };
    expect(await runEach(name, [["--version"], ["--json", "--version", "missing"]])).toEqual([expected, expected]);
  });

  test("wrong usage: status 2, one reason, and where to read on", async () => {
    const needsOperand = !OPERANDS[name].startsWith("[");
    await refused([
      ...(needsOperand ? [[name, [], `${OPERANDS[name]} is missing`] as const] : []),
      [name, ["--nonsense", "a"], "Unknown option '--nonsense'"],
      [name, [""], "an operand is empty"],
    ]);
  });
});

/** Of a server that goes on until it is stopped; on a free port. */
async function verifyServing(example: string, dir: string): Promise<void> {
  mkdirSync(join(dir, "store"));
  const [command, ...printed] = example.trimEnd().split("\n");
  const [, args, port] = /^\$ seamless serve (.*) --port (\d+)$/.exec(command!)!;
  const server = await serving(args!.split(" "), { cwd: dir });
  // Whose home the example is in, nobody knows.
  const line = server.line.replace(`:${new URL(server.url).port}/`, `:${port}/`).replace(dir, "/home/me");
  expect(line).toBe(`${printed.join("\n")}\n`);
  expect(await server.stop()).toEqual({ status: 0, out: server.line, err: "" });
}

function runEach(name: CommandName, lines: readonly (readonly string[])[]): Promise<readonly Outcome[]> {
  return runAll(lines.map((args) => [name, args]));
}

describe("a misspelt option", () => {
  const lines: readonly [CommandName, string, string, string][] = [
    ["seamless-checksum-index", "--verfy", "--verfy", "verify"],
    ["seamless-checksum-index", "--dryrun", "--dryrun", "dry-run"],
    ["seamless-checksum", "--jsno=x", "--jsno", "json"],
    ["seamless-checksum-index", "-verify", "-v", "verify"],
    ["seamless upload", "--paralel=3", "--paralel", "parallel"],
    ["seamless store verify", "--quarantin", "--quarantin", "quarantine"],
    ["seamless store", "--hlep", "--hlep", "help"],
  ];
  const outcomes = inOneProcess(lines.map(([name, typed]) => [name, [typed, "x"]]));

  test.for([...lines.entries()])("%i: %j", async ([i, [name, , shown, meant]]) => {
    const reason = `Unknown option '${shown}'; did you mean '--${meant}'?`;
    expect((await outcomes())[i]).toEqual(refusal(name, reason));
  });
});

describe.concurrent("options", () => {
  test("of commands that have only switches are long, take no value and do not make up for operands", async () => {
    await refused([
      ["seamless-checksum", ["-x", "a"], "Unknown option '-x'"],
      ["seamless-checksum-file", ["--json=yes", "a"], "Option '--json' does not take an argument"],
      ["seamless-checksum-index", ["--verify"], "DIR… is missing"],
      ["seamless-checksum", ["missing", ""], "an operand is empty"],
      ["seamless-checksum-index", ["--x\ny\u001b[31m", "d"], "Unknown option '--x\\ny\\x1b[31m'"],
    ]);
  });
});

describe.concurrent("with --json, wrong usage is an object too", () => {
  test.for(COMMANDS)("%s", async (name) => {
    const lines = [["--nonsense", "--", "--json"], ["--nonsense", "--json", "a"], ["--json"]];
    const [behind, ...shown] = await runEach(name, OPERANDS[name].startsWith("[") ? lines.slice(0, 2) : lines);
    for (const { status, out, err } of shown) {
      const message = err.split("\n")[0]!.slice(`${name}: `.length);
      expect({ status, json: jsonLines(out) }).toEqual({ status: 2, json: [{ error: { code: "USAGE", message } }] });
    }
    // Behind "--" it is a name.
    expect(behind).toMatchObject({ status: 2, out: "" });
  });
});

type Refused = readonly [name: CommandName, args: readonly string[], reason: string];

async function refused(lines: readonly Refused[]): Promise<void> {
  const outcomes = await runAll(lines.map(([name, args]) => [name, args]));
  expect(outcomes).toEqual(lines.map(([name, , reason]) => refusal(name, reason)));
}

describe.concurrent("operands that make no sense", () => {
  test("a root has nothing beside it; what else was asked is not done either", async ({ dir }) => {
    writeTree(dir, { "d/a": "1" });
    for (const args of [["/"], ["d", "/"], ["--verify", "//"], ["--dry-run", "/tmp/.."]]) {
      const { status, out, err } = await run("seamless-checksum-index", args, { cwd: dir });
      expect({ status, out }).toEqual({ status: 2, out: "" });
      expect(err).toContain("seamless-checksum-index: the index of / would lie beside it");
    }
    expect(list(dir)).toEqual(["d"]);
  });

  test("a checksum of standard input has nowhere to go", async ({ dir }) => {
    writeTree(dir, { a: "1" });
    const { status, err } = await run("seamless-checksum-file", ["a", "-"], { cwd: dir, input: "x" });
    expect({ status, err }).toEqual({
      status: 2,
      err: expect.stringContaining("standard input has no name to write a checksum file beside"),
    });
    expect(list(dir)).toEqual(["a"]);
  });
});
