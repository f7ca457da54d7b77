import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect } from "vitest";
import { refusal, run, runAll, shell } from "./support/commands.ts";
import { jsonLines, sha256, writeTree } from "./support/files.ts";
import { inTerminal } from "./support/terminal.ts";
import { test, unavailable } from "./support/test.ts";

const HELLO = sha256("hello\n");
const WRONG = sha256("wrong");
const FILES = {
  a: "hello\n",
  b: "other\n",
  " leading": "hello\n",
  "*star": "hello\n",
  "new\nline": "hello\n",
  "new\n\r\\line": "hello\n",
  "car\rriage": "hello\n",
  "back\\slash": "hello\n",
  "paren) = x": "hello\n",
  ü: "hello\n",
  SHA256: "hello\n",
};

/** What the real one makes of the same command lines: its status and its standard output. */
function real(
  dir: string,
  lines: readonly (readonly string[])[],
): readonly (readonly [status: number | null, out: string])[] {
  return lines.map((args) => {
    const { status, stdout } = spawnSync("sha256sum", args, { cwd: dir, env: { ...process.env, LC_ALL: "C" } });
    return [status, stdout.toString()];
  });
}

/** It must be that of GNU, of a version that knows escapes of all three characters. */
function needsReal(skip: () => never): void {
  const { stdout } = spawnSync("sha256sum", ["--version"], { encoding: "utf8" });
  const version = Number(/GNU coreutils\) (\d+\.\d+)/.exec(stdout ?? "")?.[1] ?? 0);
  if (version < 9) unavailable(skip, "there is no sha256sum of GNU coreutils 9 here");
}

async function both(dir: string, lines: readonly (readonly string[])[]) {
  const ours = await runAll(
    lines.map((args) => ["seamless-checksum", args]),
    { cwd: dir },
  );
  return { ours: ours.map(({ status, out }) => [status, out]), theirs: real(dir, lines) };
}

/** All ways to combine the options that change what is said or what fails. */
const OPTIONS = [
  [],
  ["--ignore-missing"],
  ["--strict"],
  ["-w"],
  ["--warn", "--quiet"],
  ["--quiet", "--warn"],
  ["--status"],
  ["--status", "--quiet"],
  ["--quiet", "--status", "--strict"],
  ["--ignore-missing", "--quiet", "--strict"],
];

const LISTS: Readonly<Record<string, string>> = {
  good: `${HELLO}  a\n`,
  unended: `${HELLO}  a`,
  windows: `${HELLO}  a\r\n\r\n`,
  binary: `${HELLO} *a\n`,
  upper: `${HELLO.toUpperCase()}  a\n`,
  indented: ` \t${HELLO}  a\n`,
  "tab between": `${HELLO}\t a\n`,
  reversed: `${HELLO} a\n${HELLO} ü\n`,
  "reversed, then marked": `${HELLO} ü\n${HELLO}  a\n`,
  "marked, then reversed": `${HELLO}  ü\n${HELLO} a\n`,
  tagged: `SHA256 (a) = ${HELLO}\nSHA256(b)=${WRONG}\nSHA256 (paren) = x) = ${HELLO}\n`,
  "other tag": `MD5 (a) = ${HELLO}\nSHA256 (a) = ${HELLO}0\nSHA256 a = ${HELLO}\n`,
  escaped: `\\${HELLO}  new\\nline\n\\${HELLO}  new\\n\\r\\\\line\n\\${HELLO}  car\\rriage\n\\SHA256 (back\\\\slash) = ${HELLO}\n`,
  "wrongly escaped": `\\${HELLO}  a\\x\n\\${HELLO}  a\\\n\\\\${HELLO}  a\n`,
  "not escaped": `${HELLO}  back\\slash\n`,
  spaces: `${HELLO}   leading\n${HELLO}  *star\n${HELLO} **star\n`,
  wrong: `${WRONG}  a\n${HELLO}  a\n`,
  missing: `${HELLO}  gone\n`,
  "missing among others": `${HELLO}  gone\n${HELLO}  a\n${HELLO}  a/b\n`,
  "a folder": `${HELLO}  folder\n`,
  comment: `# ${HELLO}  a\n\n${HELLO}  a\n`,
  nonsense: "nonsense\n",
  "nonsense among others": `nonsense\n${HELLO}  a\n${HELLO}\n${HELLO} \n${HELLO}x a\n`,
  empty: "",
  input: `${HELLO}  -\n`,
  long: `${HELLO}  ${"x".repeat(100_000)}\n${HELLO}  a\n`,
};

describe.concurrent("seamless-checksum -c, as the real sha256sum", () => {
  test("in lists of all kinds, with all options: the same output and the same status", async ({ dir, skip }) => {
    needsReal(skip);
    const { long: _, ...lists } = LISTS;
    writeTree(dir, {
      ...FILES,
      ...Object.fromEntries(Object.entries(lists).map(([name, text]) => [`lists/${name}`, text])),
    });
    mkdirSync(join(dir, "folder"));
    const lines = OPTIONS.flatMap((options) => Object.keys(lists).map((name) => ["-c", ...options, `lists/${name}`]));
    const { ours, theirs } = await both(dir, lines);
    for (const [i, args] of lines.entries()) expect([args, ours[i]]).toEqual([args, theirs[i]]);
    expect(lines.length).toBeGreaterThan(200);
  });

  test("in several lists at once, of which one does not exist", async ({ dir, skip }) => {
    needsReal(skip);
    writeTree(dir, { ...FILES, one: LISTS["reversed"]!, two: LISTS["good"]!, three: LISTS["wrong"]! });
    const { ours, theirs } = await both(dir, [
      ["-c", "one", "two"],
      ["-c", "two", "one"],
      ["-c", "two", "gone", "three"],
      ["-c", "two", "two"],
    ]);
    expect(ours).toEqual(theirs);
  });

  test("in lists made at random", async ({ dir, skip }) => {
    needsReal(skip);
    writeTree(dir, FILES);
    const part = fc.constantFrom(
      HELLO,
      WRONG,
      HELLO.slice(1),
      "  ",
      " ",
      " *",
      "\t",
      "\\",
      "SHA256",
      " (",
      "(",
      ")",
      " = ",
      "=",
      "\r",
      "#",
    );
    const name = fc.constantFrom(
      "a",
      "b",
      " leading",
      "*star",
      "new\\nline",
      "back\\\\slash",
      "ü",
      "gone",
      "SHA256",
      "é)",
    );
    const likely = fc.tuple(
      fc.constantFrom("", "\\", " "),
      fc.constantFrom(HELLO, WRONG),
      fc.constantFrom("  ", " ", " *"),
      name,
    );
    const tagged = fc.tuple(
      fc.constantFrom("", "\\"),
      fc.constant("SHA256 ("),
      name,
      fc.constant(") = "),
      fc.constantFrom(HELLO, WRONG),
    );
    const line = fc
      .oneof(likely, tagged, fc.array(fc.oneof(part, name), { maxLength: 6 }))
      .map((parts) => parts.join(""));
    const seed = Date.now();
    const texts = fc.sample(fc.array(line, { maxLength: 5 }), { numRuns: 400, seed }).map((lines) => lines.join("\n"));
    for (const [i, text] of texts.entries()) writeFileSync(join(dir, `list${i}`), text);
    const lines = texts.map((_, i) => ["-c", ...OPTIONS[i % OPTIONS.length]!, `list${i}`]);
    const { ours, theirs } = await both(dir, lines);
    for (const [i, text] of texts.entries())
      expect([seed, lines[i], text, ours[i]]).toEqual([seed, lines[i], text, theirs[i]]);
  }, 60_000);

  test("lists on standard input, and standard input in lists", async ({ dir, skip }) => {
    needsReal(skip);
    writeTree(dir, { ...FILES, input: LISTS["input"]! });
    for (const line of ["-c - < input", "-c input < a", "-c <(cat input) < a", "-c - <<< 'x'", "-c < /dev/null -"]) {
      const [ours, theirs] = await Promise.all([
        shell(`seamless-checksum ${line}`, dir),
        shell(`sha256sum ${line}`, dir),
      ]);
      expect([line, ours.status, ours.out]).toEqual([line, theirs.status, theirs.out]);
    }
  });

  test("--tag and -z print what the real one prints, and reads", async ({ dir, skip }) => {
    needsReal(skip);
    writeTree(dir, FILES);
    const names = Object.keys(FILES);
    const { ours, theirs } = await both(dir, [
      ["--tag", "--", ...names],
      ["--tag", "--", "a"],
      ["-z", "--", ...names],
      ["--tag", "--zero", "--", ...names],
    ]);
    expect(ours).toEqual(theirs);
    writeTree(dir, { list: ours[0]![1] as string });
    expect(real(dir, [["--check", "--strict", "--quiet", "list"]])).toEqual([[0, ""]]);
    expect(await run("seamless-checksum", ["-z", "a"], { cwd: dir })).toEqual({
      status: 0,
      out: `${HELLO}\0`,
      err: "",
    });
  });
});

describe.concurrent("seamless-checksum -c", () => {
  test("warns of what it could not use, in words of its own", async ({ dir }) => {
    writeTree(dir, { ...FILES, list: `nonsense\n${WRONG}  a\n${HELLO}  gone\nx\n`, none: "x\n" });
    const warned = await run("seamless-checksum", ["-c", "--warn", "list", "none"], { cwd: dir });
    expect(warned.err.split("\n")).toEqual([
      "seamless-checksum: list: 1: not a line of a check list",
      "seamless-checksum: cannot read gone: no such file or directory",
      "seamless-checksum: list: 4: not a line of a check list",
      "seamless-checksum: list: 2 lines in no known format",
      "seamless-checksum: list: 1 file could not be read",
      "seamless-checksum: list: 1 file with another checksum than listed",
      "seamless-checksum: none: 1: not a line of a check list",
      "seamless-checksum: none: there is no line of a check list in it",
      "",
    ]);
    const silent = await run("seamless-checksum", ["-c", "--status", "list", "none"], { cwd: dir });
    expect(silent.err.split("\n")).toEqual([
      "seamless-checksum: cannot read gone: no such file or directory",
      "seamless-checksum: none: there is no line of a check list in it",
      "",
    ]);
    writeTree(dir, { list: `${HELLO}  gone\n` });
    const missing = await run("seamless-checksum", ["-c", "--ignore-missing", "list"], { cwd: dir });
    expect(missing).toEqual({ status: 1, out: "", err: "seamless-checksum: list: no file was verified\n" });
  });

  test("--json: an object for each file, and one for each list", async ({ dir }) => {
    writeTree(dir, { ...FILES, list: `x\n\\${HELLO}  new\\nline\n${WRONG}  a\n${HELLO}  gone\n` });
    const { status, out } = await run("seamless-checksum", ["-c", "--json", "list"], { cwd: dir });
    expect({ status, lines: jsonLines(out) }).toEqual({
      status: 1,
      lines: [
        { list: "list", path: "new\nline", checksum: HELLO, verdict: "matched" },
        { list: "list", path: "a", checksum: WRONG, verdict: "failed" },
        { list: "list", path: "gone", checksum: HELLO, verdict: "unreadable" },
        { list: "list", ok: false, matched: 1, failed: 1, unreadable: 1, missing: 0, malformed: 1 },
      ],
    });
  });

  test("a line of any length and a name of any bytes are bad lines, and no more", async ({ dir }) => {
    writeTree(dir, { a: "hello\n", list: LISTS["long"]! });
    const { status, out, err } = await run("seamless-checksum", ["-c", "list"], { cwd: dir });
    expect({ status, out }).toEqual({ status: 0, out: "a: OK\n" });
    expect(err).toBe("seamless-checksum: list: 1 line in no known format\n");
    writeFileSync(join(dir, "list"), Buffer.from(`${HELLO}  \xff\n${HELLO}  a\0b\n${HELLO}  \x1b[31m\n`, "latin1"));
    const bytes = await run("seamless-checksum", ["-c", "list"], { cwd: dir });
    expect(bytes).toMatchObject({
      status: 1,
      out: "\ufffd: FAILED open or read\n\x1b[31m: FAILED open or read\n",
      err: expect.stringContaining("cannot read \ufffd: its name is not UTF-8\n"),
    });
    expect(bytes.err).not.toContain("\x1b");
    const shown = await inTerminal("seamless-checksum", ["-c", "list"], dir);
    expect(shown.out).toContain("\\x1b[31m: FAILED open or read");
    expect(shown.out).not.toContain("\x1b");
  });

  test("options that have no meaning together, or without it", async () => {
    const lines: readonly (readonly [args: readonly string[], reason: string])[] = [
      [["--strict", "a"], "--strict is for check lists: it needs -c"],
      [["--ignore-missing", "a"], "--ignore-missing is for check lists: it needs -c"],
      [["-w", "a"], "--warn is for check lists: it needs -c"],
      [["--status", "a"], "--status is for check lists: it needs -c"],
      [["-c", "--tag", "a"], "--tag has no meaning with --check"],
      [["-cz", "a"], "--zero has no meaning with --check"],
      [["--json", "-z", "a"], "--zero has no meaning with --json"],
      [["-c"], "FILE… is missing"],
      [["--check=x", "a"], "Option '-c, --check' does not take an argument"],
    ];
    const outcomes = await runAll(lines.map(([args]) => ["seamless-checksum", args]));
    // With --json the reason is on standard output as well.
    expect(outcomes.map(({ status, err }) => ({ status, err }))).toEqual(
      lines.map(([, reason]) => {
        const { status, err } = refusal("seamless-checksum", reason);
        return { status, err };
      }),
    );
  });
});
