import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test as unit } from "vitest";
import { closest, editDistance } from "../src/program/arguments.ts";
import { ENVIRONMENT, TOPICS } from "../src/program/topics.ts";
import { type CommandName, inOneProcess, type Line, refusal, runAll, shell } from "./support/commands.ts";
import { writeTree } from "./support/files.ts";
import { test } from "./support/test.ts";

describe.concurrent("seamless", () => {
  test("--help lists all commands with a line each", async () => {
    const [all, group] = await runAll([
      ["seamless", ["--help"]],
      ["seamless", ["store", "--help"]],
    ]);
    const commands = [
      "checksum",
      "checksum-file",
      "index",
      "config",
      "put",
      "get",
      "has",
      "upload",
      "download",
      "ls",
      "diff",
      "cat",
      "serve",
      "store verify",
      "store gc",
    ];
    for (const name of commands) expect(all!.out).toMatch(new RegExp(`^  ${name}  +[A-Z].*\\.$`, "m"));
    expect(group!.out).toMatch(/\n {2}verify {6}Hash every buffer/);
    expect(group!.out).not.toContain("download");
  });

  test("--help names the programs besides, each with its own summary", async () => {
    const names = ["seamless", "seamless-checksum", "seamless-checksum-file", "seamless-checksum-index"] as const;
    const [all, ...programs] = await runAll(names.map((name) => [name, ["--help"]]));
    for (const [i, { out }] of programs.entries()) {
      const [, summary] = out.split("\n");
      expect(all!.out).toMatch(new RegExp(`^  ${names[i + 1]}  +${summary}$`, "m"));
    }
  });

  test("help is --help, of all and of one", async () => {
    const commands = [[], ["put"], ["store"], ["store", "verify"]];
    const [unknown, ...outcomes] = await runAll([
      ["seamless", ["help", "nonsense"]],
      ...commands.flatMap((words): Line[] => [
        ["seamless", ["help", ...words]],
        ["seamless", [...words, "--help"]],
      ]),
    ]);
    expect(unknown).toEqual(refusal("seamless", "unknown command 'nonsense'"));
    const [twice, two, json] = await runAll([
      ["seamless", ["help", "help"]],
      ["seamless", ["help", "stores", "extra"]],
      ["seamless", ["help", "stores", "--json"]],
    ]);
    expect(twice).toEqual(outcomes[0]);
    expect(two).toMatchObject({
      status: 2,
      out: "",
      err: expect.stringContaining("one topic at a time, not also 'extra'"),
    });
    expect(JSON.parse(json!.out)).toMatchObject({ topic: "stores", text: expect.stringContaining("hashserver") });
    for (let i = 0; i < outcomes.length; i += 2) {
      expect(outcomes[i]).toMatchObject({ status: 0, out: outcomes[i + 1]!.out });
    }
  });

  test("the programs are words of it, which say the same", async ({ dir }) => {
    writeTree(dir, { "d/a": "hello\n", f: "1" });
    const words = { checksum: ["-z", "d/a"], "checksum-file": ["--dry-run", "f"], index: ["--dry-run", "--json", "d"] };
    for (const [word, args] of Object.entries(words)) {
      const name = word === "index" ? "checksum-index" : word;
      const [program, subcommand] = await runAll(
        [
          [`seamless-${name}` as CommandName, args],
          ["seamless", [word, ...args]],
        ],
        { cwd: dir },
      );
      const err = program!.err.replaceAll(`seamless-${name}:`, `seamless ${word}:`);
      expect(subcommand).toEqual({ ...program, err });
      expect(subcommand!.status).toBe(0);
    }
  });

  test("help TOPIC explains what is no command, and lists are in one place", async ({ dir }) => {
    writeTree(dir, { "data.csv": "a,b\n" });
    const [all, ...topics] = await runAll([
      ["seamless", ["--help"]],
      ...Object.keys(TOPICS).map((topic): Line => ["seamless", ["help", topic]]),
    ]);
    for (const [i, [topic, { summary, example }]] of Object.entries(TOPICS).entries()) {
      expect(all!.out).toMatch(new RegExp(`^  ${topic}  +${summary}$`, "m"));
      const { status, out } = topics[i]!;
      expect({ status, first: out.split("\n")[0] }).toEqual({ status: 0, first: summary });
      for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(120);
      const lines = example.split("\n");
      const commands = lines.filter((line) => line.startsWith("$ ")).map((line) => line.slice(2));
      const printed = lines.filter((line) => !line.startsWith("$ ")).map((line) => `${line}\n`);
      expect(await shell(`set -e\n${commands.join("\n")}`, dir)).toEqual({ status: 0, out: printed.join(""), err: "" });
    }
  });

  test("help TOPIC --help prints the same", async () => {
    const topics = Object.keys(TOPICS);
    const outcomes = await runAll(
      topics.flatMap((topic): Line[] => [
        ["seamless", ["help", topic]],
        ["seamless", ["help", topic, "--help"]],
      ]),
    );
    for (const [i, topic] of topics.entries()) expect([topic, outcomes[2 * i + 1]]).toEqual([topic, outcomes[2 * i]]);
  });

  test("all variables that commands read are in the topic of the environment", () => {
    const source = fileURLToPath(new URL("../src", import.meta.url));
    const texts = readdirSync(source, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => readFileSync(join(source, file), "utf8"));
    const names = texts.flatMap((text) => text.match(/(?<=")(SEAMLESS|XDG)_[A-Z_]+(?=")/g) ?? []);
    expect(new Set(names).size).toBeGreaterThan(5);
    for (const name of names) expect(Object.keys(ENVIRONMENT)).toContain(name);
  });

  describe("an unknown command", () => {
    const words: readonly (readonly [typed: string, hint: string])[] = [
      ["ptu", "; did you mean 'seamless put'?"],
      ["uplaod", "; did you mean 'seamless upload'?"],
      ["down", "; did you mean 'seamless download'?"],
      ["stroe", "; did you mean 'seamless store'?"],
      ["store-verify", "; did you mean 'seamless store verify'?"],
      ["verify", ""],
      ["checksums", "; did you mean 'seamless checksum'?"],
      ["checksum-index", "; did you mean 'seamless index'?"],
      ["checksum-idnex", "; did you mean 'seamless index'?"],
      ["indx", "; did you mean 'seamless index'?"],
      ["nonsense", ""],
      ["constructor", ""],
      ["x\u001b[31m", ""],
    ];
    const outcomes = inOneProcess(
      // What it would do with the rest, nobody can know.
      words.flatMap(([typed]): Line[] => [
        ["seamless", [typed]],
        ["seamless", [typed, "--store", "x", "--help", "y"]],
      ]),
    );

    test.for([...words.entries()])("%i: %j", async ([i, [typed, hint]]) => {
      const expected = refusal("seamless", `unknown command '${typed.replace("\u001b", "\\x1b")}'${hint}`);
      expect((await outcomes()).slice(2 * i, 2 * i + 2)).toEqual([expected, expected]);
    });
  });

  test("of a group, and behind options", async () => {
    expect(
      await runAll([
        ["seamless", ["store", "verfy", "x"]],
        ["seamless", ["--quiet", "put", "a", "b"]],
      ]),
    ).toEqual([
      refusal("seamless store", "unknown command 'verfy'; did you mean 'seamless store verify'?"),
      refusal("seamless", "options come after the command: seamless put [OPTION]…"),
    ]);
  });
});

describe("options with a value", () => {
  const lines = [
    ["get", ["-o"], "'-o, --output' needs a value"],
    ["get", ["--output"], "'-o, --output' needs a value"],
    ["get", ["--output=", "x"], "--output needs FILE"],
    ["get", ["--output", "--quiet"], "'--output' needs a value; write one that starts with a dash as --option=-…"],
    ["serve", ["--port", "x", "d"], "--port takes a whole number from 0 to 65535"],
    ["serve", ["--port", "65536", "d"], "--port takes a whole number from 0 to 65535"],
    ["serve", ["--port", "1e3", "d"], "--port takes a whole number from 0 to 65535"],
    ["serve", ["--layout", "round", "d"], "--layout takes prefix or flat"],
    ["serve", ["--cors", "a", "--cors", "", "d"], "--cors needs ORIGIN"],
    ["upload", ["--parallel", "0", "d"], "--parallel takes a whole number from 1 to 256"],
    ["upload", ["--parallel=-1", "d"], "--parallel takes a whole number from 1 to 256"],
    ["download", ["--force=yes", "d.INDEX"], "Option '--force' does not take an argument"],
    ["get", ["a", "b", "-o", "c"], "--output FILE is for one buffer"],
  ] as const;
  const outcomes = inOneProcess(lines.map(([name, args]) => [`seamless ${name}`, args]));

  test.for([...lines.entries()])("%i: %j", async ([i, [name, , reason]]) => {
    expect((await outcomes())[i]).toEqual(refusal(`seamless ${name}`, reason));
  });

  test("no message has the value in it: it may be a secret", async () => {
    const [outcome] = await runAll([["seamless put", ["--token=hunter2", "--tokn=hunter2", "x"]]]);
    expect(outcome!.err).not.toContain("hunter2");
  });
});

describe("editDistance and closest", () => {
  unit.each([
    ["", "abc", 3],
    ["put", "put", 0],
    ["ptu", "put", 1],
    ["pit", "put", 1],
    ["pt", "put", 1],
    ["puut", "put", 1],
    ["kitten", "sitting", 3],
  ])("%j is as far from %j as %i", (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });

  unit("a long word is like none", () => {
    expect(closest("p".repeat(10_000), ["put"])).toBeUndefined();
    expect(closest("gte", ["put", "get"])).toBe("get");
  });
});
