import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { openSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { describe, expect, vi } from "vitest";
import { type CommandName, ended, start } from "./support/commands.ts";
import { ENDLESS, list, sha256, writeSparse, writeTree } from "./support/files.ts";
import { keep } from "./support/stores.ts";
import { system, test } from "./support/test.ts";

const STATUS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
const SIGNALS = Object.keys(STATUS) as (keyof typeof STATUS)[];
const HEX = sha256("1");

/** Send a signal, and see that the command ends by it. */
async function stop(child: ChildProcess, signal: keyof typeof STATUS, outcome = ended(child)) {
  child.kill(signal);
  const { err } = await outcome;
  // As a shell sees it: a process that a signal has ended, or one that says so.
  expect(child.exitCode ?? STATUS[child.signalCode as keyof typeof STATUS]).toBe(STATUS[signal]);
  return err;
}

/** A server that takes requests, and answers with what it is told, or never. */
async function answering(onTestFinished: (close: () => void) => void, answer = "") {
  const sockets = new Set<Socket>();
  let requests = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (data) => {
      requests += String(data).match(/ HTTP\/1\.1\r\n/g)?.length ?? 0;
      if (answer !== "") socket.write(answer);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as { port: number };
  const asked = (times = 1) =>
    vi.waitFor(() => expect(requests).toBeGreaterThanOrEqual(times), { interval: 5, timeout: 60_000 });
  return { url: `http://127.0.0.1:${port}`, asked };
}

describe.concurrent.for(SIGNALS)("%s ends", (signal) => {
  test.for<[CommandName, string[]]>([
    ["seamless-checksum", ["-"]],
    ["seamless put", ["--store", "s", "-"]],
  ])("%s while it waits for standard input", async ([name, args], { dir }) => {
    const child = start(name, ["--progress", ...args], { cwd: dir });
    child.stdin!.write("something");
    const outcome = ended(child);
    await once(child.stderr!, "data");
    expect(await stop(child, signal, outcome)).toContain("interrupted");
    child.stdin!.destroy();
    expect(list(dir)).toEqual([]);
  });

  test.for<[CommandName, string[]]>([
    ["seamless-checksum", ["d/endless"]],
    ["seamless-checksum-file", ["d/endless"]],
    ["seamless-checksum-index", ["d"]],
    ["seamless-checksum-index", ["--verify", "d"]],
    ["seamless put", ["--store", "s", "d/endless"]],
    ["seamless upload", ["--store", "s", "d"]],
    ["seamless download", ["--store", "s", "e.INDEX"]],
    ["seamless store verify", ["t"]],
  ])("%s %j in the middle of hashing", async ([name, args], { dir }) => {
    const index = `{"endless": "${HEX}"}\n`;
    writeTree(dir, {
      "d/a": "1",
      "d.INDEX": index,
      "d.CHECKSUM": HEX,
      "e.INDEX": index,
      [`t/${HEX.slice(0, 2)}/x`]: "",
    });
    for (const path of ["d/endless", `t/${HEX.slice(0, 2)}/${HEX}`]) writeSparse(join(dir, path), ENDLESS);
    const first = `00${HEX.slice(2)}`;
    writeTree(dir, { "e/a": "1", "s/x": "", [`t/00/${first}`]: "2" });
    writeSparse(join(dir, "e/endless"), ENDLESS);
    const child = start(name, ["--progress", ...args], { cwd: dir });
    const outcome = ended(child);
    await once(child.stderr!, "data");
    expect(await stop(child, signal, outcome)).toContain("interrupted");
  });

  test.for<[CommandName, string[]]>([
    ["seamless put", ["d/a"]],
    ["seamless get", [HEX]],
    ["seamless has", [HEX]],
    ["seamless upload", ["d"]],
    ["seamless download", ["d.INDEX"]],
    ["seamless download", [HEX, "-o", "e"]],
  ])("%s %j while it waits for a server", async ([name, args], { dir, onTestFinished }) => {
    writeTree(dir, { "d/a": "1", "d.INDEX": `{"a": "${HEX}"}\n` });
    const { url, asked } = await answering(onTestFinished);
    const child = start(name, ["--store", url, ...args], { cwd: dir });
    const outcome = ended(child);
    await asked();
    expect(await stop(child, signal, outcome)).toContain("interrupted");
  });

  test("seamless put while it waits to try again", async ({ dir, onTestFinished }) => {
    writeTree(dir, { a: "1" });
    // It waits for as long as it does at most, 10 s: the signal comes in that time on a busy machine, too.
    const answer = "HTTP/1.1 503 No\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n";
    const { url, asked } = await answering(onTestFinished, answer);
    const child = start("seamless put", ["--store", url, "a"], { cwd: dir });
    const outcome = ended(child);
    await asked();
    expect(await stop(child, signal, outcome)).toContain("interrupted");
  });

  test("seamless get while nobody takes what it writes", async ({ dir }) => {
    const [hex] = await keep(join(dir, "s"), Buffer.alloc(2 ** 22));
    const child = start("seamless get", ["--store", "s", hex!], { cwd: dir });
    await once(child.stdout!, "readable");
    await stop(child, signal, stalled(child));
  });

  test("seamless-checksum while nobody takes what it writes", async ({ dir }) => {
    writeTree(dir, { a: "1" });
    writeSparse(join(dir, "endless"), ENDLESS);
    // More lines than a pipe holds, and then something to do.
    const child = start("seamless-checksum", [...Array.from({ length: 20_000 }, () => "a"), "endless"], { cwd: dir });
    await once(child.stdout!, "readable");
    await stop(child, signal, stalled(child));
  });

  test("a command whose errors nobody takes", async ({ dir }) => {
    writeSparse(join(dir, "endless"), ENDLESS);
    const operands = Array.from({ length: 2000 }, (_, i) => `${"missing-".repeat(10)}${i}`);
    const child = start("seamless-checksum", [...operands, "endless"], { cwd: dir });
    await once(child.stderr!, "readable");
    await stop(child, signal, stalled(child));
  });

  test("one that a thread of the system holds", async ({ dir }) => {
    // Nobody ever writes to a FIFO here, and so opening it never ends, as with a network mount that is gone.
    expect(system("mkfifo", join(dir, "fifo"))).toBe("");
    writeFileSync(join(dir, "hold.mjs"), 'import { open } from "node:fs/promises"; open(process.env.FIFO);');
    const env = { FIFO: join(dir, "fifo"), NODE_OPTIONS: `--import=${join(dir, "hold.mjs")}` };
    const child = start("seamless-checksum", ["--progress", "-"], { cwd: dir, env });
    child.stdin!.write("something");
    const outcome = ended(child);
    await once(child.stderr!, "data");
    await stop(child, signal, outcome);
    child.stdin!.destroy();
  });

  test("a server", async ({ dir }) => {
    writeTree(dir, { "s/x": "1" });
    const child = start("seamless serve", ["--port", "0", "s"], { cwd: dir });
    const outcome = ended(child);
    await once(child.stdout!, "data");
    child.kill(signal);
    expect(await outcome).toMatchObject({ status: 0 });
  });
});

/** Wait for the end of a process whose output is left in its pipe. */
async function stalled(child: ChildProcess) {
  await once(child, "exit");
  return { status: child.exitCode, out: "", err: "" };
}

test("what is written to a pipe that is closed at any moment ends the command", async ({ dir }) => {
  writeTree(dir, { a: "1" });
  writeSparse(join(dir, "endless"), ENDLESS);
  const child = start("seamless-checksum", [...Array.from({ length: 20_000 }, () => "a"), "endless"], { cwd: dir });
  await once(child.stdout!, "readable");
  child.stdout!.destroy();
  await once(child, "close");
  expect(child.exitCode).toBe(141);
});

test("errors that nobody takes stop nothing", async ({ dir }) => {
  writeTree(dir, { a: "1" });
  const out = openSync(join(dir, "out"), "w");
  const child = start("seamless-checksum", ["missing", "a", "missing"], { cwd: dir, stdout: out });
  child.stderr!.destroy();
  await once(child, "close");
  expect(child.exitCode).toBe(1);
});
