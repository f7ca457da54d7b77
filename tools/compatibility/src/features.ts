import { cp, mkdtemp, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type CommandOptions, entriesOf, runCommand, type Tarball } from "@seamless-tools/packages";
import { type Command, expectOutput } from "./output.ts";

export interface FeatureOptions {
  /** Which of `programs/`. @default "main.mjs" */
  readonly main?: string;
  /** Is `@seamless/python` installed? @default true */
  readonly python?: boolean;
  /** Added to the environment; undefined takes away. */
  readonly env?: CommandOptions["env"];
  readonly signal: AbortSignal;
}

const PROGRAMS = fileURLToPath(new URL("../programs", import.meta.url));

/** Copy the programs into a project, beside its `package.json`, and write for them which entries the packages have. */
export async function copyPrograms(project: string, tarballs: readonly Tarball[]): Promise<void> {
  await cp(PROGRAMS, project, { recursive: true });
  const entries = tarballs.flatMap(({ manifest }) => entriesOf(manifest));
  await writeFile(join(project, "entries.mjs"), `export const ENTRIES = ${JSON.stringify(entries)};\n`);
}

/**
 * Run the suite of the store port, over a folder and over a server.
 *
 * @throws {Error} as `checkFeatures`.
 */
export async function checkStores(
  [executable, ...options]: Command,
  project: string,
  { signal }: Pick<FeatureOptions, "signal">,
): Promise<void> {
  const args = [...options, "stores.mjs", basename(await mkdtemp(join(project, "work-")))];
  const output = await runCommand(executable, args, { cwd: project, signal });
  expectOutput([executable, ...args], output, { stdout: "all stores work\n" });
}

/**
 * Run the program that uses each package.
 *
 * @param start - What runs it, before its own name: `["node"]`.
 * @param project - Folder that all packages are installed in, with the programs.
 * @throws {Error} if it fails, or prints anything but its last line: a warning, for example.
 */
export async function checkFeatures(
  [executable, ...options]: Command,
  project: string,
  { main = "main.mjs", python = true, env, signal }: FeatureOptions,
): Promise<void> {
  // Named by a relative path, as the permissions of Deno name it.
  const folder = basename(await mkdtemp(join(project, "work-")));
  const args = [...options, main, folder, ...(python ? [] : ["without-python"])];
  const output = await runCommand(executable, args, { cwd: project, env, signal });
  expectOutput([executable, ...args], output, { stdout: "all features work\n" });
}
