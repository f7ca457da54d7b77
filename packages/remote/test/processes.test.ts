import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { tempDir } from "./support/temp.ts";

/** A module in a process of its own, with the build of this package to import. */
function start(source: string, ...args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", source, ...args], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

async function said(child: ChildProcess): Promise<string> {
  const [out] = await Promise.all([text(child.stdout!), once(child, "close")]);
  expect(child.exitCode).toBe(0);
  return out.trim();
}

const SERVER = `
  import { directoryStore } from "@seamless/remote/directory";
  import { createHashserver } from "@seamless/remote/hashserver/node";
  const server = createHashserver({ store: directoryStore(process.argv[1]), writable: true });
  console.log((await server.listen({ port: 0 })).url);
  process.once("SIGTERM", () => server.close());
`;

const RUNTIME = `
  import { createRuntime, installRuntime } from "@seamless/cache";
  import { Buffer } from "@seamless/celltypes";
  import { Checksum } from "@seamless/checksum";
  import { openStore } from "@seamless/remote";
  const [url, hex] = process.argv.slice(1);
  const stores = [await openStore(url)];
  const runtime = createRuntime({ stores });
  installRuntime(runtime);
  const finish = async () => { await runtime.close(); await stores[0].close(); };
`;

const WRITER = `${RUNTIME}
  const reference = new Buffer({ list: [1, 2.5, "é"], big: "x".repeat(3_000_000) }, "plain").incref();
  await finish();
  console.log(new Buffer({ list: [1, 2.5, "é"], big: "x".repeat(3_000_000) }, "plain").getChecksum().hex());
`;

const READER = `${RUNTIME}
  const { list, big } = await new Checksum(hex).resolve("plain");
  console.log(JSON.stringify([list, big.length]));
  await finish();
`;

test("two processes share a value through a server that a third one runs", async () => {
  const server = start(SERVER, tempDir());
  const [line] = await once(server.stdout!, "data");
  const url = String(line).trim();
  const hex = await said(start(WRITER, url));
  expect(hex).toMatch(/^[0-9a-f]{64}$/);
  expect(await said(start(READER, url, hex))).toBe('[[1,2.5,"é"],3000000]');
  server.kill("SIGTERM");
  await once(server, "close");
  expect(server.exitCode).toBe(0);
});
