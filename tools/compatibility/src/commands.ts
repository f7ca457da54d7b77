import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type CommandOptions, type Output, runCommand } from "@seamless-tools/packages";
import { type Command, expectOutput } from "./output.ts";

export interface CommandSetting {
  /** What starts a command of ours: `(name) => ["npx", name]`. */
  readonly start: (name: string) => Command;
  /** Folder where they run; files are made in it. */
  readonly cwd: string;
  /** Added to the environment; undefined takes away. */
  readonly env?: CommandOptions["env"];
  readonly signal: AbortSignal;
}

/** A line for a shell; what it prints, and its exit status. */
type Step = readonly [line: string, expected?: Partial<Output> & { readonly status?: number }];

const HELLO = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
const INDEX = "40bb5584a5b0f69dea87c0aa97a948a5bb947e3371c583fb0e03173fc5a96c85";

const INDEXING: readonly Step[] = [
  ["seamless-checksum data/a.txt", { stdout: `${HELLO}\n` }],
  ["seamless-checksum none", { stderr: "seamless-checksum: cannot read none: no such file or directory\n", status: 1 }],
  ["seamless-checksum-file --quiet copy.txt"],
  ["seamless-checksum-index --quiet data", { stdout: `${INDEX}\n` }],
  ["seamless-checksum-index --quiet --verify data", { stdout: "data: OK, 1 file\n" }],
];

const STORING: readonly Step[] = [
  ["seamless put", { stderr: "seamless put: FILE… is missing\nTry 'seamless put --help'.\n", status: 2 }],
  ["seamless put --store buffers copy.txt", { stdout: `${HELLO}\n` }],
  ["seamless get --store buffers copy.txt.CHECKSUM", { stdout: "hello\n" }],
  [`seamless has --store buffers ${INDEX}`, { stdout: `${INDEX}  missing\n`, status: 1 }],
  ["seamless upload --quiet --store buffers data", { stdout: `${INDEX}\n` }],
  ["seamless download --quiet --store buffers --output again data.CHECKSUM", { stdout: "again\n" }],
];

/**
 * Run the commands that checksum and index. They are told to print errors alone.
 *
 * @throws {Error} if one prints something else, or exits with another status.
 */
export async function checkIndexing(setting: CommandSetting): Promise<void> {
  const { cwd } = setting;
  await mkdir(join(cwd, "data"));
  for (const name of ["data/a.txt", "copy.txt"]) await writeFile(join(cwd, name), "hello\n");
  for (const step of INDEXING) await check(setting, step);
  await writeFile(join(cwd, "data/a.txt"), "other\n");
  const changed = "changed  a.txt\ndata: 0 added, 0 removed, 1 changed\n";
  await check(setting, ["seamless-checksum-index --quiet --verify data", { stdout: changed, status: 1 }]);
  await writeFile(join(cwd, "data/a.txt"), "hello\n");
  const written = await readFile(join(cwd, "copy.txt.CHECKSUM"), "utf8");
  if (written.trim() !== HELLO) throw new Error(`copy.txt.CHECKSUM has ${written}`);
}

/** Run those that keep buffers, and a server, after `checkIndexing` in the same folder. */
export async function checkStoring(setting: CommandSetting): Promise<void> {
  for (const step of STORING) await check(setting, step);
  const { start, cwd, env, signal } = setting;
  const statusFile = join(cwd, "status.json");
  await writeFile(statusFile, "{}\n");
  // It stops by itself after some seconds without a request: fewer than a command may take to start on a busy machine.
  const [executable, ...options] = start("seamless");
  const args = ["serve", "buffers", "--port=0", "--status-file=status.json", "--timeout=3", "--quiet"];
  const served = runCommand(executable, [...options, ...args], { cwd, env, signal });
  const use = async () => {
    const url = `http://127.0.0.1:${await portIn(statusFile, AbortSignal.any([signal, ended(served)]))}`;
    // If it cannot be asked, the command says why.
    const ask = () => fetch(`${url}/${HELLO}`).then((answer) => answer.text());
    const asking = setInterval(() => ask().catch(() => {}), 500);
    try {
      await check(setting, [`seamless get --store ${url} ${HELLO}`, { stdout: "hello\n" }]);
    } finally {
      clearInterval(asking);
    }
  };
  const [output] = await Promise.all([served, use()]);
  if (output.stderr !== "") throw new Error(`seamless serve printed ${output.stderr}`);
}

async function check({ start, cwd, env, signal }: CommandSetting, [line, { status = 0, ...expected } = {}]: Step) {
  const [name, ...args] = line.split(" ");
  const [executable, ...options] = start(name!);
  const output = await runCommand(executable, [...options, ...args], { cwd, env, signal, status });
  expectOutput([executable, ...options, ...args], output, expected);
}

/** The port of the server that writes this file, once it is there. Watching would miss what changes during a look. */
async function portIn(statusFile: string, signal: AbortSignal): Promise<number> {
  for (;;) {
    const text = await readFile(statusFile, "utf8");
    const { port, status } = JSON.parse(text) as { readonly port?: number; readonly status?: string };
    if (status === "running" && port !== undefined) return port;
    await sleep(20, undefined, { signal });
  }
}

/** Aborts when this has ended, well or not. */
function ended(work: Promise<unknown>): AbortSignal {
  const controller = new AbortController();
  work.then(
    () => controller.abort(new Error("it ended too early")),
    (error: unknown) => controller.abort(error),
  );
  return controller.signal;
}
