import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type Language, verifyExample } from "../src/index.ts";

const modules = mkdtempSync(join(tmpdir(), "seamless-run-"));
afterAll(() => rmSync(modules, { recursive: true }));

let line = 0;
const verify = (language: Language, code: string) =>
  verifyExample({ file: "test", line: ++line, language, code }, { modules });

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
