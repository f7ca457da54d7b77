import { appendFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { copyTree, type Output, runCommand } from "@seamless-tools/packages";
import { putBack } from "./put-back.ts";

export type Bump = "patch" | "minor" | "major";

/** Folders of packages that are never published. */
const PRIVATE: ReadonlySet<string> = new Set(["internal", "playground"]);

/** The repository before its first release, in a folder and with a history of its own, but otherwise as it is now. */
export class Clone {
  readonly directory: string;
  readonly #env: Readonly<Record<string, string | undefined>>;

  /** @param env - Of its commands: the registry that they publish to. */
  constructor(directory: string, env: Readonly<Record<string, string | undefined>>) {
    this.directory = directory;
    this.#env = env;
  }

  /** Copy, commit and install it. */
  async set(): Promise<void> {
    await this.copy();
    // From the registry that the tree was installed from, and mostly from the disk.
    const { packageManager } = JSON.parse(await this.read("package.json")) as { readonly packageManager: string };
    const install = ["exec", "--yes", "--", packageManager, "install", "--frozen-lockfile", "--prefer-offline"];
    await runCommand("npm", install, { cwd: this.directory });
  }

  /** Copy and commit it, without what is installed. */
  async copy(): Promise<void> {
    await copyTree(this.directory);
    await putBack(this.directory);
    await this.git("init", "--quiet", "--initial-branch=main");
    for (const [key, value] of Object.entries({ name: "Rehearsal", email: "rehearsal@code.example" })) {
      await this.git("config", `user.${key}`, value);
    }
    await this.commit("The tree that is rehearsed");
  }

  async git(...args: readonly string[]): Promise<string> {
    return (await runCommand("git", args, { cwd: this.directory })).stdout.trim();
  }

  async commit(message: string): Promise<void> {
    await this.git("add", "--all");
    await this.git("commit", "--quiet", "--message", message);
  }

  /** Take back what was done since, committed or not. */
  async backTo(commit: string): Promise<void> {
    await this.git("reset", "--quiet", "--hard", commit);
    await this.git("clean", "--quiet", "-d", "--force");
  }

  async read(path: string): Promise<string> {
    return readFile(join(this.directory, path), "utf8");
  }

  async write(path: string, content: string): Promise<void> {
    await mkdir(dirname(join(this.directory, path)), { recursive: true });
    await writeFile(join(this.directory, path), content);
  }

  async append(path: string, content: string): Promise<void> {
    await appendFile(join(this.directory, path), content);
  }

  /** @throws if it is nowhere in the sources of one of the packages. */
  async replaceInSources(folders: readonly string[], pattern: RegExp, text: string): Promise<void> {
    for (const folder of folders) {
      const root = join(this.directory, "packages", folder, "src");
      const files = await readdir(root, { recursive: true, withFileTypes: true });
      const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
      const before = await Promise.all(paths.map((path) => readFile(path, "utf8")));
      const after = before.map((content) => content.replaceAll(pattern, text));
      const changed = paths.flatMap((path, i) => (before[i] === after[i] ? [] : [[path, after[i]!] as const]));
      if (changed.length === 0) throw new Error(`${pattern} is not in the sources of ${folder}`);
      for (const [path, content] of changed) await writeFile(path, content);
    }
  }

  /** Change fields of a `package.json`. */
  async setFields(path: string, change: (manifest: Readonly<Record<string, object>>) => object): Promise<void> {
    const manifest = JSON.parse(await this.read(path)) as Readonly<Record<string, object>>;
    await this.write(path, `${JSON.stringify({ ...manifest, ...change(manifest) }, null, 2)}\n`);
  }

  /** Commit a change that comes with its changeset. */
  async change(bumps: Readonly<Record<string, Bump>>, summary: string): Promise<void> {
    const names = Object.entries(bumps).map(([name, bump]) => `"@seamless/${name}": ${bump}\n`);
    await this.write(`.changeset/${Object.keys(bumps).join("-")}.md`, `---\n${names.join("")}---\n\n${summary}\n`);
    await this.commit(summary);
  }

  /** `pnpm release:version`, committed. */
  async version(): Promise<Readonly<Record<string, string>>> {
    await this.pnpm("run", "release:version");
    await this.commit("Version packages");
    return this.versions();
  }

  /** Folder of a package → its version. */
  async versions(): Promise<Readonly<Record<string, string>>> {
    const folders = await readdir(join(this.directory, "packages"));
    const read = async (folder: string) => {
      const { version } = JSON.parse(await this.read(`packages/${folder}/package.json`)) as {
        readonly version: string;
      };
      return [folder, version] as const;
    };
    return Object.fromEntries(await Promise.all(folders.filter((folder) => !PRIVATE.has(folder)).map(read)));
  }

  /** Run `pnpm release`, of a registry that knows of no advisories. Returns the tags that it says it has made. */
  async release(): Promise<readonly string[]> {
    const { stdout } = await this.pnpm("run", "release", "--without-audit");
    return Array.from(stdout.matchAll(/^New tag: {2}(.*)$/gm), ([, tag]) => tag!);
  }

  /** Its message, where a release must fail. */
  async failedRelease(): Promise<string> {
    const failed = await this.release().then(
      () => undefined,
      (error: Error) => error.message,
    );
    if (failed === undefined) throw new Error("it was released");
    return failed;
  }

  pnpm(...args: readonly string[]): Promise<Output> {
    return this.run(join(this.directory, "node_modules/.bin/pnpm"), args);
  }

  /** @param cwd - Relative. */
  run(command: string, args: readonly string[], cwd = "."): Promise<Output> {
    return runCommand(command, args, { cwd: join(this.directory, cwd), env: this.#env });
  }
}
