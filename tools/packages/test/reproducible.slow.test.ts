import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { workspaceRoot } from "@seamless-tools/examples";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { copyTree } from "../src/copy-tree.ts";
import { runCommand } from "../src/shell.ts";
import { pack, publishedPackages, type Tarball } from "../src/tarball.ts";

const published = publishedPackages();
const temporary = realpathSync(mkdtempSync(join(tmpdir(), "seamless-twice-")));
afterAll(() => rmSync(temporary, { recursive: true }));

/** Two places that have as little in common as two machines with the same Node: what could find its way into a tarball. */
const PLACES = [
  { folder: "a", umask: "022", env: { TZ: "UTC", LC_ALL: "C" } },
  {
    folder: "another folder, with a longer name/b",
    umask: "077",
    env: { TZ: "Asia/Kathmandu", LC_ALL: "de_DE.UTF-8" },
  },
] as const;

/** Install, build and pack a copy of the repository, sharing no build with any other. */
async function buildIn({ folder, umask, env }: (typeof PLACES)[number]): Promise<ReadonlyMap<string, Tarball>> {
  const copy = join(temporary, folder);
  const tarballs = join(temporary, `tarballs of ${umask}`);
  await mkdir(tarballs);
  await copyTree(copy);
  const pnpm = join(workspaceRoot, "node_modules/.bin/pnpm");
  const run = (command: string) =>
    runCommand("sh", ["-c", `umask ${umask} && "$0" ${command}`, pnpm], { cwd: copy, env });
  await run("install --frozen-lockfile --prefer-offline");
  // Not by turbo, which might take a build from its cache.
  await run('--filter "./packages/*" run build');
  const packed = new Map<string, Tarball>();
  for (const { directory, manifest } of published) {
    const moved = { manifest, directory: join(copy, relative(workspaceRoot, directory)) };
    packed.set(manifest.name, await pack(moved, tarballs));
  }
  return packed;
}

describe("built twice, in two folders", () => {
  let first: ReadonlyMap<string, Tarball>;
  let second: ReadonlyMap<string, Tarball>;
  beforeAll(async () => {
    const [a, b] = await Promise.all(PLACES.map(buildIn));
    [first, second] = [a!, b!];
  }, 900_000);

  test.each(published.map(({ manifest }) => manifest.name))("the tarball of %s has the same bytes", (name) => {
    const [one, other] = [first.get(name)!, second.get(name)!];
    const paths = new Set([...one.files.keys(), ...other.files.keys()]);
    const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString();
    // What differs, before the whole: of the whole one could only see that it does.
    for (const path of paths) expect(text(one.files.get(path)), path).toBe(text(other.files.get(path)));
    expect(Buffer.compare(one.bytes, other.bytes)).toBe(0);
  });
});
