import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { workspaceRoot } from "@seamless-tools/examples";
import { pinActions, unpinnedActions } from "@seamless-tools/workflows/actions";
import { standInHost } from "@seamless-tools/workflows/stand-in";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Clone } from "./support/clone.ts";
import { putBack } from "./support/put-back.ts";

let temporary: string;
let clone: Clone;

beforeAll(async () => {
  temporary = await realpath(await mkdtemp(join(tmpdir(), "seamless-put-back-")));
  clone = new Clone(join(temporary, "clone"), {});
  await clone.copy();
});

afterAll(() => rm(temporary, { recursive: true }));

/** Without an installation: it needs none of the packages. */
async function changeset(...args: readonly string[]): Promise<void> {
  await clone.run(process.execPath, [join(workspaceRoot, "node_modules/@changesets/cli/bin.js"), ...args]);
}

test("the rehearsal of a tree that was released begins where that of a fresh one does", async () => {
  const web = "https://code.example/owner/repository";
  await clone.setFields("package.json", () => ({ repository: `git+${web}.git`, homepage: web, bugs: `${web}/issues` }));
  await mkdir(join(temporary, "actions"));
  pinActions(clone.directory, { host: standInHost(clone.directory, join(temporary, "actions")) });
  expect(unpinnedActions(clone.directory)).toEqual([]);
  await changeset("version");
  expect(await clone.versions()).toMatchObject({ checksum: "0.1.0", core: "0.1.0" });
  await changeset("pre", "enter", "next");
  await clone.change({ checksum: "minor" }, "Add a name.");
  await changeset("version");
  expect(await clone.read(".changeset/pre.json")).toContain('"checksum"');
  await clone.commit("Release");

  await putBack(clone.directory);
  await clone.git("add", "--all");
  expect(await clone.git("diff", "--cached", "--stat", "HEAD~2")).toBe("");
});
