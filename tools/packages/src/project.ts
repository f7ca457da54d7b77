import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Manifest } from "@seamless-tools/examples";
import { execute, runCommand } from "./shell.ts";
import type { Tarball } from "./tarball.ts";

/** The names of what npm installs with a package: dependencies, and peers unless they are optional. */
export function installedWith({ dependencies, peerDependencies, peerDependenciesMeta }: Manifest): readonly string[] {
  const peers = Object.keys(peerDependencies ?? {}).filter((name) => peerDependenciesMeta?.[name]?.optional !== true);
  return [...Object.keys(dependencies ?? {}), ...peers];
}

/**
 * Install tarballs with npm into an empty project.
 *
 * @param directory - Folder of the project, made here.
 * @param tarballs - The package and all of ours that it needs, so that none of them comes from a registry.
 * @param more - What its `package.json` has besides: `{ devDependencies: { jest: "^30" } }`.
 * @param signal - Ends the installation.
 */
export async function installProject(
  directory: string,
  tarballs: readonly Tarball[],
  more: object = {},
  signal?: AbortSignal,
): Promise<void> {
  const dependencies = Object.fromEntries(tarballs.map(({ path, manifest }) => [manifest.name, `file:${path}`]));
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "package.json"), JSON.stringify({ private: true, dependencies, ...more }));
  const args = ["install", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
  await runCommand("npm", args, { cwd: directory, ...(signal && { signal }) });
}

/** The version of a package that is installed in a project. */
export async function installedVersion(directory: string, name: string): Promise<string> {
  const manifest = await readFile(join(directory, "node_modules", name, "package.json"), "utf8");
  return (JSON.parse(manifest) as { readonly version: string }).version;
}

/** Everything that is installed in a project, by where: `file:…` for tarballs. */
export async function installedFrom(directory: string): Promise<ReadonlyMap<string, string>> {
  const lock = JSON.parse(await readFile(join(directory, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, { readonly resolved?: string }>>;
  };
  const installed = Object.entries(lock.packages).filter(([path]) => path !== "");
  return new Map(installed.map(([path, { resolved }]) => [path.replace(/^.*node_modules\//, ""), resolved ?? ""]));
}

/**
 * The names that an entry exports, to `import()` or to `require()`, in a fresh Node.
 *
 * @param directory - Folder of the project that it is installed in.
 */
export async function exportedNames(directory: string, how: "import" | "require", specifier: string) {
  const load = how === "import" ? "import(specifier)" : "Promise.resolve(require(specifier))";
  const code = `const specifier = process.argv[1];\n${load}.then((m) => console.log(JSON.stringify(Object.keys(m))));\n`;
  // Not from a file, which another test of the same project might be writing anew while Node reads it.
  const args = [`--input-type=${how === "import" ? "module" : "commonjs"}`, "--eval", code, specifier];
  return JSON.parse(await execute(process.execPath, args, directory)) as readonly string[];
}
