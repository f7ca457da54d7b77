import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execute } from "@seamless-tools/packages";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commitOf, tagFaults } from "../src/tree.ts";

let root: string;

async function git(...args: readonly string[]): Promise<string> {
  const author = ["-c", "user.name=test", "-c", "user.email=test@code.example", "-c", "commit.gpgsign=false"];
  return (await execute("git", [...author, ...args], root)).trim();
}

const commit = () => git("commit", "--quiet", "--allow-empty", "--message", "A commit");
const tag = (name: string) => git("tag", "--annotate", "--message", name, name);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "seamless-tags-"));
  await git("init", "--quiet");
  await commit();
  await tag("@seamless/store@0.1.0");
  await git("tag", "@seamless/cache@0.1.0");
  await commit();
  await tag("@seamless/checksum@0.1.0");
});

afterAll(() => rm(root, { recursive: true }));

test("what is not published may have no tag on another commit", async () => {
  const other = await git("rev-parse", "HEAD~1");
  const versions = ["store", "cache", "checksum", "core"].map((name) => `@seamless/${name}@0.1.0`);
  const faults = ["store", "cache"].map(
    (name) => `the tag @seamless/${name}@0.1.0 is on another commit, ${other.slice(0, 10)}, and its version is not`,
  );
  expect(await tagFaults(versions, root)).toEqual(faults.map((fault) => expect.stringContaining(fault)));
});

test("the commit of a tag is told, whether it is annotated or not, and of no tag, nothing", async () => {
  const [newer, older] = [await git("rev-parse", "HEAD"), await git("rev-parse", "HEAD~1")];
  expect(await commitOf("refs/tags/@seamless/checksum@0.1.0", root)).toBe(newer);
  expect(await commitOf("refs/tags/@seamless/cache@0.1.0", root)).toBe(older);
  expect(await commitOf("refs/tags/@seamless/core@0.1.0", root)).toBe(undefined);
});
