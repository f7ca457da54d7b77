import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { commandPath } from "./processes.mjs";

/** A server of Node in a process of its own, until it is closed. */
const startServer = (/** @type {readonly string[]} */ ...args) => start(process.execPath, args);

/**
 * @param {string} command
 * @param {readonly string[]} args - It prints its URL when it listens.
 */
async function start(command, args) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  child.stdout.setEncoding("utf8");
  let out = "";
  while (!/http:\/\/\S+/.test(out)) out += (await once(child.stdout, "data"))[0];
  return {
    url: /http:\/\/\S+?(?=\/?(\s|$))/.exec(out)?.[0] ?? "",
    pid: child.pid ?? 0,
    async close() {
      const closed = once(child, "close");
      child.kill();
      await closed;
    },
  };
}

/**
 * `seamless serve`.
 *
 * @param {string} folder
 * @param {readonly string[]} options
 */
export const serve = (folder, ...options) =>
  startServer(commandPath("seamless"), "serve", "--port", "0", ...options, folder);

/**
 * A handler of `node:http` in a process of its own.
 *
 * @param {string} handler - JavaScript: `(request, response) => …`, with `fs` to use.
 */
export const serveBare = (handler) =>
  startServer(
    "--input-type=module",
    "--eval",
    `import fs from "node:fs"; import { createServer } from "node:http";
     const server = createServer(${handler});
     server.listen(0, "127.0.0.1", () => console.log("http://127.0.0.1:" + server.address().port));`,
  );

/** Debian's: it has the packages. */
const PYTHON = "/usr/bin/python3";

/** Can the equal of the Python hashserver be started? */
export const hasPythonServer = () =>
  spawnSync(PYTHON, ["-c", "import fastapi, uvicorn, httptools, uvloop"]).status === 0;

/**
 * The equal of the Python hashserver.
 *
 * @param {string} folder
 * @param {readonly string[]} options
 */
export const servePython = (folder, ...options) =>
  start(PYTHON, [fileURLToPath(new URL("hashserver.py", import.meta.url)), folder, ...options]);
