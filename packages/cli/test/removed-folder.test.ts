import { join } from "node:path";
import { describe, expect } from "vitest";
import { shell } from "./support/commands.ts";
import { list, sha256, writeTree } from "./support/files.ts";
import { keep } from "./support/stores.ts";
import { test } from "./support/test.ts";

const HEX = sha256("1");

/** Run a line in a folder that is removed under it. */
const inRemoved = (line: string, dir: string) => shell(`mkdir gone; cd gone; rmdir "$PWD"; ${line}`, dir);

describe.concurrent("in a working directory that was removed", () => {
  test.for([
    ["seamless-checksum x", "cannot read x"],
    ["seamless-checksum-file x", "cannot find x.CHECKSUM"],
    ["seamless-checksum-index x", "cannot find x"],
    ["seamless-checksum-index --verify x", "cannot find x"],
    ["seamless put --store s x", "cannot find s"],
    ["seamless put --store ../store x", "cannot find ../store"],
    [`seamless get --store s ${HEX}`, "cannot find s"],
    [`seamless has --store s ${HEX}`, "cannot find s"],
    ["seamless upload --store s x", "cannot find x"],
    ["seamless download --store s x.INDEX", "cannot find s"],
    ["seamless serve x", "cannot find x"],
    ["seamless store verify x", "cannot find x"],
  ] as const)("%s says so in one line", async ([line, doing], { dir }) => {
    const { status, out, err } = await inRemoved(line, dir);
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(err).toMatch(/^[^\n]*\n$/);
    expect(err).toContain(`: ${doing}: the working directory has been removed; change to`);
  });

  test("what is named by absolute paths works", async ({ dir }) => {
    writeTree(dir, { "d/a": "1", "d/b": "2" });
    const line = `${["seamless-checksum", "seamless-checksum-file"].map((name) => `${name} --quiet ${dir}/d/a`).join("; ")}
      seamless-checksum-index ${dir}/d && seamless upload --quiet --store ${dir}/s ${dir}/d &&
      seamless get --store ${dir}/s ${HEX} && seamless download --quiet --store ${dir}/s ${dir}/d.INDEX -o ${dir}/e`;
    const { status, err } = await inRemoved(line, dir);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(list(join(dir, "e"))).toEqual(["a", "a.CHECKSUM", "b"]);
    expect(await keep(join(dir, "s"), "1")).toEqual([HEX]);
  });
});
