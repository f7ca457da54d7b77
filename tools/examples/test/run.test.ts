import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { unavailable } from "../../build/unavailable.ts";
import { checkConfiguration, checkers, isInstalled, type Language, verifyExamples } from "../src/index.ts";

const modules = mkdtempSync(join(tmpdir(), "seamless-run-"));
afterAll(() => rmSync(modules, { recursive: true }));

let line = 0;
const verify = (language: Language, code: string) =>
  verifyExamples([{ file: "test", line: ++line, language, code }], { modules });

test.each<[Language, string]>([
  ["js", 'console.log("a\\n  b"); // → a\n// →   b\n'],
  ["js", 'console.log("says nothing");\n'],
  ["js", 'import { readdirSync } from "node:fs";\nconsole.log(readdirSync(".")); // → []\n'],
  ["js", "console.log({ a: 1 }); // → { a: 1 }\n"],
  ["ts", "const x: number = 1;\nconsole.log(x); // → 1\n"],
  ["sh", "printf 'a\\nb\\n' # → a\n# → b\n"],
])("%s passes: %s", verify);

test.each<[Language, string, RegExp]>([
  ["js", "console.log(1); // → 2\n", /test:\d+ is not what it says/],
  ["js", "console.log(1); // → 1\nconsole.log(2);\n", /not what it says/],
  ["js", "// → 1\n", /not what it says/],
  ["js", 'throw new Error("broken");\n', /broken/],
  ["sh", "echo 1 # → 1\nfalse\n", /failed/],
])("%s fails: %s", async (language, code, message) => {
  await expect(verify(language, code)).rejects.toThrow(message);
});

const shell = (code: string, prepare = "") => ({ file: "test", line: ++line, language: "sh" as const, code, prepare });

test("examples that run together share a folder, and no shell", async () => {
  const first = shell("echo 1 > a; b=2\n");
  await verifyExamples([first, shell("cat a # → 1\n[ -v b ] || echo none # → none\n")], { modules });
  await expect(verifyExamples([first, shell("cat a # → 2\n")], { modules })).rejects.toThrow("not what it says");
});

test("what prepares an example runs before it, in its shell", async () => {
  await verifyExamples([shell("hello # → 1\n", "hello() { echo 1; }\n")], { modules });
  await expect(verifyExamples([shell("true\n", "false\n")], { modules })).rejects.toThrow("failed");
});

const check = (language: "ini" | "nginx", code: string) => checkConfiguration(checkers[language]!, code);
const SERVICE = "[Service]\nExecStart=/usr/bin/seamless serve\n";
const PROXY = "server { listen 443 ssl; ssl_certificate a; ssl_certificate_key b; }\n";

test.for([
  ["ini", SERVICE],
  ["nginx", PROXY],
] as const)("configuration that is right passes: %s", async ([language, code], { skip }) => {
  if (!isInstalled(checkers[language]!.program)) unavailable(skip, `${checkers[language]!.program} is missing`);
  await check(language, code);
});

test.for([
  ["ini", SERVICE.replace("ExecStart", "ExecStrat")],
  ["ini", `${SERVICE}Restart=sometimes\n`],
  ["nginx", PROXY.replace("listen", "lissen")],
  ["nginx", PROXY.replace("}", "")],
] as const)("configuration that is wrong fails: %s", async ([language, code], { skip }) => {
  if (!isInstalled(checkers[language]!.program)) unavailable(skip, `${checkers[language]!.program} is missing`);
  await expect(check(language, code)).rejects.toThrow("refuses it");
});
