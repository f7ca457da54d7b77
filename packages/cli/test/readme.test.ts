import { readFileSync } from "node:fs";
import { describe, expect } from "vitest";
import { shell } from "./support/commands.ts";
import { withTables } from "./support/readme-tables.ts";
import { test } from "./support/test.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const blocks = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, code]) => code!);
/** What a block says that it prints. One that says nothing installs something, or runs for ever. */
const printed = (code: string) => [...code.matchAll(/^# → (.*)$/gm)].map(([, line]) => line!);
const examples = blocks.filter((code) => printed(code).length > 0);

describe.concurrent("the README", () => {
  test.for(examples.map((code, i) => [i + 1, code] as const))(
    "example %i prints what it says",
    async ([, code], { dir }) => {
      const { status, out } = await shell(`set -euo pipefail\n${code}`, dir, { HOME: dir, XDG_CONFIG_HOME: "" });
      // Whose home the example is in, nobody knows.
      expect({ status, out: out.trimEnd().replaceAll(dir, "/home/me").split("\n") }).toEqual({
        status: 0,
        out: printed(code),
      });
    },
  );

  test("has them", () => {
    expect(examples.length).toBeGreaterThanOrEqual(2);
  });
});

describe("its tables", () => {
  test("are those of the help: npx vitest run --project cli readme -u", async () => {
    await expect(await withTables(readme)).toMatchFileSnapshot("../README.md");
  });
});
