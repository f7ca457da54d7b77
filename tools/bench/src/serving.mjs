import { spawn } from "node:child_process";
import { once } from "node:events";
import { commandPath } from "./processes.mjs";

/**
 * A server in a process of its own, until it is closed.
 *
 * @param {readonly string[]} args - Of Node; it prints its URL when it listens.
 */
async function startServer(...args) {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
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
