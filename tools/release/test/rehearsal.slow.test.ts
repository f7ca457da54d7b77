import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Daemon, freePort, startDaemon } from "@seamless-tools/engines";
import { verifyExamples } from "@seamless-tools/examples";
import { exportedNames, firstExample, publishedPackages, runCommand } from "@seamless-tools/packages";
import { standInHost } from "@seamless-tools/workflows/stand-in";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Clone } from "./support/clone.ts";
import { startRegistry } from "./support/registry.ts";

// The whole life of releases, for real, in a clone and against a registry on the loopback. In order: each test goes on
// where the one before it has ended.
const names = publishedPackages().map(({ manifest }) => manifest.name.replace("@seamless/", ""));
const web = "https://code.example/owner/repository";

let temporary: string;
let clone: Clone;
let registry: Daemon;
let port: number;
let env: Readonly<Record<string, string | undefined>>;

beforeAll(async () => {
  temporary = await realpath(await mkdtemp(join(tmpdir(), "seamless-rehearsal-")));
  port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  await writeFile(join(temporary, "npmrc"), `registry=${url}\n//127.0.0.1:${port}/:_authToken=rehearsal\n`);
  env = {
    npm_config_registry: url,
    npm_config_userconfig: join(temporary, "npmrc"),
    npm_config_cache: join(temporary, "npm-cache"),
    // Nobody vouches for a rehearsal.
    ACTIONS_ID_TOKEN_REQUEST_URL: undefined,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: undefined,
  };
  clone = new Clone(join(temporary, "clone"), env);
  const storage = join(temporary, "storage");
  [registry] = await Promise.all([startRegistry({ storage, port, closedTo: "@seamless/remote" }), clone.set()]);
}, 300_000);

afterAll(async () => {
  await registry?.stop();
  if (temporary !== undefined) await rm(temporary, { recursive: true });
});

/** What the registry says of a package or version. */
async function view(spec: string, ...fields: readonly string[]) {
  const args = ["view", `@seamless/${spec}`, ...fields, "--json", "--prefer-online"];
  return JSON.parse((await clone.run("npm", args)).stdout || "null");
}

const publishedVersions = async (name: string) => [await view(name, "versions")].flat();

/** A folder in which something was installed from the registry. */
async function installed(folder: string, dependencies: Readonly<Record<string, string>>): Promise<string> {
  const directory = join(temporary, folder);
  await mkdir(directory);
  await writeFile(join(directory, "package.json"), JSON.stringify({ private: true, dependencies }));
  const args = ["install", "--no-audit", "--no-fund", "--loglevel=error"];
  await runCommand("npm", args, { cwd: directory, env });
  return directory;
}

async function program(name: string, directory: string, ...args: readonly string[]): Promise<string> {
  await cp(fileURLToPath(new URL(`programs/${name}`, import.meta.url)), join(directory, name));
  return (await runCommand(process.execPath, [name, ...args], { cwd: directory })).stdout.trim();
}

describe("before the first release", () => {
  test("nothing is released while the top package.json does not say where it comes from, an action is not pinned, or a changeset has no version", async () => {
    const why = await clone.failedRelease();
    expect(why).toContain("npm run pin");
    expect(why).toContain("names no repository, homepage and bugs");
    expect(why).toContain("changesets without a version");
  });

  test("all packages get the version 0.1.0, and a changelog that a reader can use", async () => {
    await clone.setFields("package.json", () => ({
      repository: { type: "git", url: `git+${web}.git` },
      homepage: `${web}#readme`,
      bugs: `${web}/issues`,
    }));
    const actions = await mkdtemp(join(temporary, "actions-"));
    await clone.pnpm("run", "pin", "--host", standInHost(clone.directory, actions));
    await clone.commit("Say where it comes from, and pin what the workflows use");
    expect(await clone.version()).toEqual(Object.fromEntries(names.map((name) => [name, "0.1.0"])));
    const changelog = await clone.read("packages/cache/CHANGELOG.md");
    expect(changelog).toMatch(
      /^# @seamless\/cache\n\n## 0\.1\.0\n\n### Minor Changes\n\n- Add `@seamless\/cache`\.\n\n {2}It is new\.\n/,
    );
    expect(changelog).toContain("- Uses @seamless/celltypes 0.1.0, @seamless/checksum 0.1.0, @seamless/store 0.1.0.");
    expect(changelog).not.toMatch(/\b[0-9a-f]{7,40}\b/);
  });

  test("a tree with changes that are not committed is refused", async () => {
    await clone.write("packages/checksum/src/forgotten.ts", "");
    expect(await clone.failedRelease()).toContain("not committed: packages/checksum/src/forgotten.ts");
    await clone.backTo("HEAD");
  });

  test.each([
    ["pnpm", ["--recursive", "publish", "--no-git-checks"], "."],
    ["npm", ["publish"], "packages/checksum"],
  ])("%s publishes no folder, which may be unbuilt", async (manager, args, folder) => {
    const command = manager === "npm" ? manager : join(clone.directory, "node_modules/.bin/pnpm");
    await expect(clone.run(command, args, folder)).rejects.toThrow("pnpm release (docs/releasing.md)");
    await expect(view("checksum")).rejects.toThrow("E404");
  });
});

describe("the first release", () => {
  test("that fails midway has published what others need", async () => {
    const why = await clone.failedRelease();
    expect(why).toMatch(/@seamless\/remote@0\.1\.0 could not be published: [\s\S]*E401/);
    expect(why).toMatch(/published and tagged before it: .*@seamless\/store@0\.1\.0.*: pnpm release goes on from here/);
    expect(await publishedVersions("store")).toEqual(["0.1.0"]);
    await expect(view("remote")).rejects.toThrow("E404");
    await expect(view("core")).rejects.toThrow("E404");
    const tagged = (await clone.git("tag")).split("\n");
    expect(tagged).toContain("@seamless/store@0.1.0");
    expect(tagged).not.toContain("@seamless/remote@0.1.0");
  }, 400_000);

  test("goes on where it ended, also after a change of what failed, and tags each where it was published from", async () => {
    await registry.stop();
    registry = await startRegistry({ storage: join(temporary, "storage"), port });
    const first = await clone.git("rev-parse", "HEAD");
    const before = (await clone.git("tag")).split("\n");
    await clone.append("packages/remote/README.md", "\nMended.\n");
    await clone.commit("Mend what could not be published");
    const tags = names.map((name) => `@seamless/${name}@0.1.0`);
    const dry = (await clone.pnpm("run", "release", "--dry-run", "--without-audit")).stderr;
    expect(dry).toContain("> Would publish @seamless/remote@0.1.0 as latest");
    await expect(view("remote")).rejects.toThrow("E404");
    const waiting = tags.filter((tag) => !before.includes(tag));
    const { stdout } = await clone.pnpm("run", "release:unpublished");
    expect(stdout.split("\n").filter((line) => line.startsWith("@seamless/"))).toEqual(waiting);
    expect([...(await clone.release())].sort()).toEqual(waiting);
    expect((await clone.git("tag")).split("\n").sort()).toEqual(tags);
    const commitOf = (tag: string) => clone.git("rev-parse", `${tag}^{commit}`);
    expect(await commitOf("@seamless/store@0.1.0")).toBe(first);
    expect(await commitOf("@seamless/remote@0.1.0")).toBe(await clone.git("rev-parse", "HEAD"));
    for (const name of names) expect(await view(name, "dist-tags")).toEqual({ latest: "0.1.0" });
  }, 400_000);

  test("says of each package where it comes from, in the README too", async () => {
    const { repository, homepage, bugs, scripts } = await view("store");
    expect({ repository, homepage, bugs, scripts }).toEqual({
      repository: { type: "git", url: `git+${web}.git`, directory: "packages/store" },
      homepage: `${web}#readme`,
      bugs: { url: `${web}/issues` },
      scripts: undefined,
    });
    const { readme } = await view("store", "readme", "name");
    expect(readme).toContain(`](${web}/blob/@seamless/store@0.1.0/packages/remote/README.md)`);
    expect(readme).not.toContain("Not on npm yet");
  });
});

describe.concurrent("each package alone, from the registry into a clean folder", { timeout: 400_000 }, () => {
  test.each(names)("%s runs the example of its README", async (name) => {
    const directory = await installed(`alone-${name}`, { [`@seamless/${name}`]: "^0.1.0" });
    const readme = await readFile(join(directory, `node_modules/@seamless/${name}/README.md`), "utf8");
    expect(await readFile(join(directory, `node_modules/@seamless/${name}/CHANGELOG.md`), "utf8")).toContain(
      "## 0.1.0",
    );
    const example = firstExample(readme, `${name}/README.md`)!;
    await verifyExamples([example], { modules: directory, commands: join(directory, "node_modules/.bin") });
  });
});

describe("changes", () => {
  test("that come without a changeset are refused", async () => {
    await clone.append("packages/conversion/README.md", "\nMore.\n");
    await clone.commit("Say more");
    const fault = "@seamless/conversion@0.1.0 is published already, and differs in README.md";
    const why = await clone.failedRelease();
    expect(why).toContain(fault);
    expect(why.match(/^- /gm)).toHaveLength(1);
    // A pull request is told before it is merged, until it has the changeset.
    await expect(clone.pnpm("run", "release:changes")).rejects.toThrow(fault);
    await clone.change({ conversion: "patch" }, "Say more.");
    await clone.pnpm("run", "release:changes");
    await clone.backTo("HEAD~2");
  }, 400_000);

  test("a patch of checksum is a version of checksum alone", async () => {
    const before = await clone.versions();
    await clone.append("packages/checksum/src/index.ts", "\n/** Of the rehearsal. */\nexport const MENDED = true;\n");
    await clone.change({ checksum: "patch" }, "Mend a fault.");
    expect(await clone.version()).toEqual({ ...before, checksum: "0.1.1" });
  });

  test("a minor of celltypes is a patch of those that use it, and so are their ranges; not of the commands, which have it inside", async () => {
    const before = await clone.versions();
    await clone.append("packages/celltypes/src/index.ts", "\n/** Of the rehearsal. */\nexport const NEW = true;\n");
    await clone.change({ celltypes: "minor" }, "Add a name.");
    const dependents = { conversion: "0.1.1", cache: "0.1.1", core: "0.1.1" };
    expect(await clone.version()).toEqual({ ...before, celltypes: "0.2.0", ...dependents });
  });

  test("a breaking change of the store port is a minor of those that change with it, and a patch of the rest: all are released", async () => {
    const before = await clone.versions();
    await clone.replaceInSources(["cli", "remote", "store", "ui"], /\bgetStream\b/g, "openStream");
    // What servers and clients of before do not know.
    await clone.replaceInSources(["remote"], /"\/(?=verify"|buffer-length")/g, '"/new-');
    const breaking = "Breaking: `getStream` of stores is `openStream`.";
    await clone.change({ store: "minor", remote: "minor", cache: "minor", cli: "patch", ui: "patch" }, breaking);
    const versions = { store: "0.2.0", remote: "0.2.0", cache: "0.2.0", core: "0.1.2", cli: "0.1.1", ui: "0.1.1" };
    const expected = { ...before, ...versions };
    expect(await clone.version()).toEqual(expected);
    const released = Object.entries(expected).filter(([name]) => name !== "python");
    const tags = released.map(([name, version]) => `@seamless/${name}@${version}`);
    expect([...(await clone.release())].sort()).toEqual(tags.sort());

    expect(await view("cache@0.2.0", "dependencies")).toEqual({
      "@seamless/celltypes": "^0.2.0",
      "@seamless/checksum": "^0.1.1",
      "@seamless/store": "^0.2.0",
    });
    expect(await view("celltypes@0.2.0", "peerDependencies")).toEqual({ "@seamless/python": "0.x" });
    expect(await view("cache@0.1.0", "dependencies")).toMatchObject({ "@seamless/store": "^0.1.0" });
  }, 400_000);

  test("what was released before takes in the patch", async () => {
    const directory = await installed("with-patch", { "@seamless/celltypes": "0.1.0" });
    expect(await exportedNames(directory, "import", "@seamless/checksum")).toContain("MENDED");
  }, 400_000);
});

describe("old and new", () => {
  test("two versions of one package in one program work together", async () => {
    const directory = await installed("two-versions", {
      ...Object.fromEntries(["cache", "celltypes", "checksum", "store"].map((name) => [`@seamless/${name}`, "latest"])),
      ...Object.fromEntries(
        ["celltypes", "checksum", "store"].map((name) => [`old-${name}`, `npm:@seamless/${name}@0.1.0`]),
      ),
    });
    expect(await program("two-versions.mjs", directory)).toBe("they get along");
  }, 400_000);

  test("clients and servers of two versions work together", async () => {
    const versions = { old: ["0.1.0", "0.1.0"], new: ["latest", "latest"] } as const;
    const projects = await Promise.all(
      Object.entries(versions).map(([age, [cli, remote]]) =>
        installed(`${age}-client`, { "@seamless/cli": cli, "@seamless/remote": remote, "@seamless/checksum": cli }),
      ),
    );
    const [older, newer] = projects as [string, string];
    for (const [client, server] of [
      [older, newer],
      [newer, older],
    ] as const) {
      await exchange(client, server);
    }
  }, 400_000);

  /** Library and commands of one against a server of the other, which then reads what was uploaded. */
  async function exchange(client: string, server: string): Promise<void> {
    const folder = await mkdtemp(join(temporary, "buffers-"));
    const serverPort = await freePort();
    const seamless = (project: string) => join(project, "node_modules/@seamless/cli/dist/bin/seamless.cjs");
    const serve = [seamless(server), "serve", folder, "--writable", "--port", String(serverPort)];
    const daemon = await startDaemon(process.execPath, serve, serverPort);
    try {
      const url = `http://127.0.0.1:${serverPort}`;
      expect(await program("exchange.mjs", client, url, client)).toBe("exchanged");
      const work = await mkdtemp(join(temporary, "data-"));
      await mkdir(join(work, "data"));
      await writeFile(join(work, "data/a.txt"), "hello\n");
      const run = async (project: string, ...args: readonly string[]) => {
        const options = { cwd: work, env: { SEAMLESS_STORE: url } };
        return (await runCommand(process.execPath, [seamless(project), ...args], options)).stdout.trim();
      };
      const checksum = await run(client, "upload", "data");
      await run(client, "download", checksum, "--output", "by-client");
      await run(server, "download", checksum, "--output", "by-the-same-version");
      for (const copy of ["by-client", "by-the-same-version"]) {
        expect(await readFile(join(work, copy, "a.txt"), "utf8")).toBe("hello\n");
      }
    } finally {
      await daemon.stop();
    }
  }
});

describe("pre-releases", () => {
  test("have the dist-tag next, and leave latest where it is", async () => {
    const before = await clone.versions();
    await clone.pnpm("exec", "changeset", "pre", "enter", "next");
    await clone.commit("Enter pre-releases");
    await clone.change({ remote: "minor" }, "Add what is to be tried.");
    const expected = { ...before, remote: "0.3.0-next.0", core: "0.1.3-next.0" };
    expect(await clone.version()).toEqual(expected);
    expect(await clone.release()).toHaveLength(2);
    expect(await view("remote", "dist-tags")).toEqual({ latest: "0.2.0", next: "0.3.0-next.0" });
    expect(await view("core@next", "dependencies")).toMatchObject({ "@seamless/remote": "^0.3.0-next.0" });
    const directory = await installed("next", { "@seamless/core": "next" });
    expect(await readFile(join(directory, "node_modules/@seamless/remote/package.json"), "utf8")).toContain(
      '"version": "0.3.0-next.0"',
    );
  }, 400_000);

  test("end with the version that they were for", async () => {
    const before = await clone.versions();
    await clone.pnpm("exec", "changeset", "pre", "exit");
    await clone.commit("Leave pre-releases");
    const expected = { ...before, remote: "0.3.0", core: "0.1.3" };
    expect(await clone.version()).toEqual(expected);
  }, 400_000);
});

test("a patch of an older minor, from its tag, gets a dist-tag of its own", async () => {
  await clone.git("switch", "--quiet", "--create", "release-0.1", "@seamless/remote@0.1.0");
  const before = await clone.versions();
  await clone.append("packages/remote/src/index.ts", "\n/** Of the rehearsal. */\nexport const MENDED = true;\n");
  await clone.change({ remote: "patch" }, "Mend a fault.");
  expect(await clone.version()).toEqual({ ...before, remote: "0.1.1" });
  expect(await clone.release()).toEqual(["@seamless/remote@0.1.1"]);
  const tags = { latest: "0.2.0", next: "0.3.0-next.0", "release-0.1": "0.1.1" };
  expect(await view("remote", "dist-tags")).toEqual(tags);
}, 400_000);
