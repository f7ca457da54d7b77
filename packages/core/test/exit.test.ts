import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const built = new URL("../dist/index.js", import.meta.url).href;

const start = `
  import { Buffer, close, configure, memoryStore } from ${JSON.stringify(built)};
  const down = { ...memoryStore({ name: "down" }), async put() { throw new Error("connection refused"); } };
  const buffer = new Buffer("hello", "text");
  const hold = (store, writer) => { configure({ stores: [store], writer }); buffer.incref(); };
`;
const HELLO = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

/** What a program of its own prints on standard error, and its exit code. */
function run(code: string): Promise<{ stderr: string; code: number }> {
  return new Promise((resolve) => {
    const args = ["--input-type=module", "--eval", start + code];
    execFile(process.execPath, args, { cwd: fileURLToPath(new URL("..", import.meta.url)) }, (error, _, stderr) => {
      resolve({ stderr, code: error === null ? 0 : Number(error.code) });
    });
  });
}

const WARNING = `@seamless/core: a buffer was not written to any store, call \`await close()\` before the process ends: ${HELLO}\n`;

test.each([
  ["a process that ends too early is warned of", "hold(down); process.exit(3);", WARNING, 3],
  ["so is one whose store was given up", "hold(down, { patience: 0 });", WARNING, 0],
  ["one that has written everything is silent, without close", "hold(memoryStore());", "", 0],
  [
    "it stays alive until a store that failed works again",
    "hold(down, { firstDelay: 1 }); down.put = async () => {};",
    "",
    0,
  ],
  ["one that closed is silent", "hold(memoryStore()); await close();", "", 0],
  [
    "one that was told by close is not told again",
    "hold(down, { patience: 0 }); await close().catch(() => {});",
    "",
    0,
  ],
  ["one without stores is silent", "buffer.incref();", "", 0],
])("%s", async (_, code, stderr, exitCode) => {
  expect(await run(code)).toEqual({ stderr, code: exitCode });
});
