import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { describe, expect } from "vitest";
import { allUsages } from "../src/manual/manual.ts";
import { allOptions } from "../src/program/arguments.ts";
import { COMMANDS, refusal, run, shell } from "./support/commands.ts";
import { writeTree } from "./support/files.ts";
import { withTerminal } from "./support/terminal.ts";
import { system, test, unavailable } from "./support/test.ts";

/** What is typed, with tabs → the words that the command gets. */
const LINES: readonly (readonly [typed: string, ...words: string[]])[] = [
  ["seamless pu\t", "put"],
  ["seamless store ver\t x", "store", "verify", "x"],
  ["seamless has --veri\t x", "has", "--verify", "x"],
  ["seamless put --store @pr\t", "put", "--store", "@prod"],
  ["seamless put --store=@pr\t", "put", "--store=@prod"],
  ["seamless store ls @pr\t", "store", "ls", "@prod"],
  ["seamless serve --layout fl\t", "serve", "--layout", "flat"],
  ["seamless serve --layout=fl\t", "serve", "--layout=flat"],
  ["seamless put da\t", "put", "data.csv"],
  ["seamless put --token x -- da\t", "put", "--token", "x", "--", "data.csv"],
  ["seamless get -o da\t", "get", "-o", "data.csv"],
  ["seamless index fol\t", "index", "folder/"],
  ["seamless matrix bin\t pl\t", "matrix", "binary", "plain"],
  ["seamless store copy @pr\t @pr\t da\t", "store", "copy", "@prod", "@prod", "data.csv"],
  ["seamless completion z\t", "completion", "zsh"],
  ["seamless help exit\t", "help", "exit-status"],
  ["seamless help store ver\t", "help", "store", "verify"],
  ["seamless --vers\t", "--version"],
  ["seamless store --vers\t", "store", "--version"],
  ["seamless download a.CHECKSUM da\t fol\t", "download", "a.CHECKSUM", "data.csv", "folder/"],
  ["seamless-checksum --ta\t da\t", "--tag", "data.csv"],
];

/** Stand for the commands: they print what they get. The first is asked for the names of stores, too. */
const STAND_INS = `
seamless() { if [ "$1 $2" = "config --stores" ]; then echo @prod; else seamless-checksum "$@"; fi; }
seamless-checksum() { printf 'GOT'; printf ' <%s>' "$@"; echo; }
`;

const START = {
  bash: { call: ["bash", "--norc", "--noprofile", "-i"], before: "" },
  zsh: { call: ["zsh", "-f", "-i"], before: "autoload -Uz compinit && compinit -D -u\nunsetopt auto_remove_slash\n" },
} as const;

describe.concurrent.for(Object.entries(START))("in %s", ([name, { call, before }]) => {
  test("what is typed is completed", async ({ dir, skip }) => {
    if (system(name, "--version") !== "") unavailable(skip, `${name} is not installed`);
    const { out } = await run("seamless completion", [name]);
    writeTree(dir, { "data.csv": "", "folder/a": "" });
    writeFileSync(`${dir}.script`, `${before}${STAND_INS}${out}`);
    const env = { ...process.env, TERM: "dumb", INPUTRC: "/dev/null", HOME: dir };
    const [program, ...rest] = withTerminal(call);
    const child = spawn(program, rest, { cwd: dir, env, stdio: ["pipe", "pipe", "inherit"] });
    child.stdin.write([`. ${dir}.script`, ...LINES.map(([typed]) => typed), "exit", ""].join("\n"));
    const printed = await text(child.stdout);
    child.stdin.destroy();
    const got = printed.split(/\r*\n/).filter((line) => line.startsWith("GOT"));
    expect(got).toEqual(LINES.map(([, ...words]) => `GOT ${words.map((word) => `<${word}>`).join(" ")}`));
  });
});

describe.concurrent("in fish", () => {
  test("what is typed is completed", async ({ dir, skip }) => {
    if (system("fish", "--version") !== "") unavailable(skip, "fish is not installed");
    writeTree(dir, { "data.csv": "", "folder/a": "" });
    // The words before the last tab are there already; what is offered there is the word that has it.
    const cases = LINES.map(([typed, ...words]) => {
      const before = typed.slice(0, typed.lastIndexOf("\t")).split(" ");
      const line = [before[0], ...words.slice(0, before.length - 2), before.at(-1)].join(" ");
      return { line, wanted: words[before.length - 2]! };
    });
    const asked = cases.map(({ line }) => `echo LINE; complete -C '${line}'`).join("\n");
    const stores = "function seamless; echo @prod; end";
    writeFileSync(`${dir}.script`, `seamless completion fish | source\n${stores}\n${asked}\n`);
    const { status, out, err } = await shell(
      `HOME=${dir} XDG_DATA_HOME=${dir}.data fish --no-config ${dir}.script`,
      dir,
    );
    expect({ status, err }).toEqual({ status: 0, err: "" });
    const found = out.split("LINE\n").slice(1);
    for (const [i, { line, wanted }] of cases.entries()) {
      const offered = found[i]!.split("\n").map((each) => each.split("\t")[0]);
      expect(offered, line).toContain(wanted);
    }
  });
});

describe("the scripts", () => {
  test.for(["bash", "zsh", "fish"])("of %s have all commands and options", async (name) => {
    const { status, out } = await run("seamless completion", [name]);
    expect(status).toBe(0);
    const usages = await allUsages();
    expect(usages.map((usage) => usage.name).sort()).toEqual([...COMMANDS].sort());
    for (const usage of usages) {
      for (const option of Object.keys(allOptions(usage))) {
        expect(out).toContain(name === "fish" ? `-l ${option} ` : `--${option}`);
      }
    }
  });

  test("there are no others", async () => {
    expect(await run("seamless completion", ["tcsh"])).toEqual(
      refusal("seamless completion", "there is no completion for 'tcsh', only for bash, zsh, fish"),
    );
  });
});
