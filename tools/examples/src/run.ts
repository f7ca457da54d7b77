import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { type Example, expectedOutput } from "./extract.ts";

/** Where an example runs. */
export interface Place {
  /** Folder that its module is written to, made when missing: imports are resolved from here. */
  readonly modules: string;
  /** Folder with the commands that it may call. */
  readonly commands?: string;
}

/** An example that waits for something that never comes is stopped after this many milliseconds. */
const TIMEOUT = 60_000;

/**
 * Run examples one after the other, each in a process of its own, all in one working directory that is empty at first,
 * and compare what each prints with what it says that it prints, line by line. Empty lines at the end do not count. One
 * that says nothing need only run without an error.
 *
 * @throws {AssertionError} with both outputs, if they differ.
 * @throws {Error} with its standard error, if one fails.
 */
export async function verifyExamples(examples: readonly Example[], place: Place): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "seamless-example-"));
  try {
    for (const example of examples) {
      const printed = lines(await run(example, place, directory));
      const expected = expectedOutput(example);
      if (expected.length > 0) assert.deepEqual(printed, lines(expected.join("\n")), title(example));
    }
  } finally {
    await rm(directory, { recursive: true });
  }
}

function title({ file, line }: Example): string {
  return `the output of ${file}:${line} is not what it says`;
}

async function run(example: Example, place: Place, directory: string): Promise<string> {
  if (example.language === "sh") {
    const script = `${example.prepare ?? ""}${example.code}`;
    return execute("bash", ["-euo", "pipefail", "-c", script], place, directory);
  }
  const module = join(place.modules, `${example.file.replaceAll(/[^\w.-]+/g, "-")}-${example.line}.mjs`);
  await mkdir(place.modules, { recursive: true });
  await writeFile(module, await toModule(example));
  return execute(process.execPath, [module], place, directory);
}

/** The code on the lines that it has in its own file, so that a stack trace points there. */
async function toModule({ language, code, line }: Example): Promise<string> {
  const padding = "\n".repeat(line);
  if (language === "js") return padding + code;
  const { default: ts } = await import("typescript");
  const { ESNext } = ts.ModuleKind;
  return ts.transpileModule(padding + code, { compilerOptions: { module: ESNext, target: ts.ScriptTarget.ES2022 } })
    .outputText;
}

function execute(command: string, args: readonly string[], place: Place, cwd: string): Promise<string> {
  // This same Node first; and no colours, whatever the terminal of the test runner can do.
  const path = [place.commands, dirname(process.execPath), process.env["PATH"]].filter((part) => part !== undefined);
  const { FORCE_COLOR: _, NODE_ENV: __, ...inherited } = process.env;
  // Nor does what the user has configured count.
  const env = { ...inherited, NO_COLOR: "1", PATH: path.join(delimiter), HOME: cwd, XDG_CONFIG_HOME: "" };
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd, env, timeout: TIMEOUT }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${error.killed ? `no end after ${TIMEOUT} ms` : "failed"}:\n${stderr}${stdout}`));
    });
  });
}

function lines(text: string): readonly string[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => line.trimEnd());
}
