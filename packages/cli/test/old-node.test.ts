import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { COMMANDS, runAll } from "./support/commands.ts";
import { test } from "./support/test.ts";

const { engines } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

describe.concurrent("an older Node", () => {
  test.for(["18.20.8", "20.18.3", "16.0.0"])("%s gets one line, whatever is asked for", async (version, { dir }) => {
    writeFileSync(
      join(dir, "old.mjs"),
      `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } });`,
    );
    const env = { NODE_OPTIONS: `--import=${join(dir, "old.mjs")}` };
    const outcomes = await runAll(
      COMMANDS.map((name) => [name, ["--help"]]),
      { env },
    );
    expect(outcomes).toEqual(
      COMMANDS.map((name) => ({
        status: 1,
        out: "",
        err: `${name.split(" ")[0]}: Node 20.19 or later is needed; this is Node ${version}\n`,
      })),
    );
  });

  test("is what the package says", () => expect(engines.node).toBe(">=20.19"));
});
