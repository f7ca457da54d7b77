import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { installBuild } from "./built.ts";

const NOBODY = 65_534;

/**
 * Start a module in a process of its own, with the build of this package to import.
 *
 * @param folder - A fresh folder that everybody can read.
 * @param options.unprivileged - Run as a user who is bound by permissions, should we be root.
 */
export function startChild(
  folder: string,
  source: string,
  options: { readonly args?: readonly string[]; readonly unprivileged?: boolean } = {},
): ChildProcess {
  installBuild(folder);
  const script = join(folder, "child.mjs");
  writeFileSync(script, source);
  const asNobody = options.unprivileged === true && process.getuid?.() === 0;
  return spawn(process.execPath, [script, ...(options.args ?? [])], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    ...(asNobody ? { uid: NOBODY, gid: NOBODY } : {}),
  });
}

/** What the child's `answer(…)` was given, once it has ended. Files that the child may not read must not be ours then. */
export async function askUnprivileged<T>(folder: string, body: string, ...args: readonly string[]): Promise<T> {
  return ask(folder, body, args, true);
}

/** The same of a child that may do what we may. */
export async function askChild<T>(folder: string, body: string, ...args: readonly string[]): Promise<T> {
  return ask(folder, body, args, false);
}

async function ask<T>(folder: string, body: string, args: readonly string[], unprivileged: boolean): Promise<T> {
  const source = `
    import * as main from "@seamless/checksum";
    import * as node from "@seamless/checksum/node";
    const answer = (value) => console.log(JSON.stringify(value));
    const outcome = (promise) =>
      promise.then(
        (value) => ({ value }),
        ({ name, code, message, file, errors }) => ({ name, code, message, file, errors: errors?.map((e) => e.code) }),
      );
    const args = process.argv.slice(2);
    ${body}
  `;
  const child = startChild(folder, source, { args, unprivileged });
  const [out, err] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, "close")]);
  if (child.exitCode !== 0) throw new Error(`the child failed: ${err}`);
  return JSON.parse(out) as T;
}
