import { join } from "node:path";
import { describe, expect } from "vitest";
import { shell } from "./support/commands.ts";
import { list, sha256 } from "./support/files.ts";
import { test } from "./support/test.ts";

describe.concurrent("standard input", () => {
  test.for(["seamless-checksum -", "seamless-checksum --quiet --json -", "seamless put --store store -"])(
    "%s: closed, it is an error, and not an empty one",
    async (line, { dir }) => {
      const { status, out, err } = await shell(`${line} <&-`, dir);
      expect(status).toBe(1);
      expect(err).toMatch(/^seamless(-checksum| put): cannot read standard input: it is closed \(.*\)\n$/);
      expect(out).not.toContain(sha256(""));
      expect(list(dir)).toEqual([]);
    },
  );

  test.for(["</dev/null", "</dev/null <&0", "< empty", "<<< ''"])("%s: it is there", async (redirection, { dir }) => {
    const setup = redirection === "< empty" ? "true > empty\n" : "";
    const expected = sha256(redirection === "<<< ''" ? "\n" : "");
    for (const line of ["seamless-checksum", "seamless put --store store"]) {
      expect(await shell(`${setup}${line} - ${redirection}`, dir)).toEqual({
        status: 0,
        out: `${expected}\n`,
        err: "",
      });
    }
    expect(list(join(dir, "store"))).toContain(expected.slice(0, 2));
  });

  test("closed, it troubles nobody who does not read it", async ({ dir }) => {
    const { status, out } = await shell("printf 1 > a; seamless-checksum a <&-; seamless has --help <&-", dir);
    expect(status).toBe(0);
    expect(out).toContain(sha256("1"));
  });
});
