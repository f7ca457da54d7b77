import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { onTestFinished } from "vitest";

/** What another process does before it is killed. It tells by a line when the server knows of it, and then hangs. */
const SCRIPTS = {
  /** Only says that it will. */
  promise: `
    fetch(base + "/promise/" + hex, { method: "PUT" }).then(async (response) => {
      if (response.status !== 202) throw new Error("status " + response.status);
      await response.text();
      console.log("ready");
      setInterval(() => {}, 1000);
    });`,
  /** Sends half of it: the server asks for the body, and so has begun to take it. */
  upload: `
    const headers = { "content-length": length, expect: "100-continue" };
    const request = require("node:http").request(base + "/" + hex, { method: "PUT", headers });
    request.on("continue", () => request.write(Buffer.alloc(length / 2), () => console.log("ready")));
    request.flushHeaders();`,
} as const;

/** Starts one, and waits until the server knows of it. Gone with the test, if it was not killed before. */
export async function startPromiser(
  kind: keyof typeof SCRIPTS,
  url: string,
  hex: string,
  length: number,
): Promise<ChildProcess> {
  const values = `const [base, hex, length] = ${JSON.stringify([url.replace(/\/$/, ""), hex, length])};`;
  const child = spawn(process.execPath, ["-e", values + SCRIPTS[kind]], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout!, "data");
  return child;
}

export async function killHard(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  const [, signal] = await once(child, "exit");
  if (signal !== "SIGKILL") throw new Error(`it had ended already, by ${signal}`);
}
