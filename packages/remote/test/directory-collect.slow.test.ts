import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isSeamlessError } from "@seamless/checksum";
import { afterAll, expect, test } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { age, fileOf } from "./support/folder.ts";
import { sample } from "./support/sample.ts";
import { tempDir } from "./support/temp.ts";

/** Collects garbage again and again; writes a line for each pass that has removed something. */
const COLLECTOR = `
  import { Checksum } from "@seamless/checksum";
  import { directoryStore } from "@seamless/remote/directory";
  import { collectGarbage } from "@seamless/store/housekeeping";
  const [folder, root] = process.argv.slice(1);
  const store = directoryStore(folder);
  for (;;) {
    // A pass that another collector disturbs removes nothing.
    const pass = collectGarbage(store, { roots: [new Checksum(root)], dryRun: false });
    const { removed } = await pass.catch(() => ({ removed: { buffers: 0 } }));
    if (removed.buffers > 0) process.stdout.write(removed.buffers + "\\n");
  }
`;

const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill("SIGKILL");
});

function collector(folder: string, root: string) {
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const args = ["--input-type=module", "--eval", COLLECTOR, folder, root];
  const child = spawn(process.execPath, args, { cwd, stdio: ["ignore", "pipe", "inherit"] });
  running.add(child);
  let removed = 0;
  child.stdout.on("data", (lines: Buffer) => {
    for (const line of String(lines).trim().split("\n")) removed += Number(line);
  });
  const kill = async () => {
    running.delete(child);
    const closed = once(child, "close");
    child.kill("SIGKILL");
    await closed;
  };
  return { kill, removed: () => removed };
}

const samples = Array.from({ length: 40 }, (_, i) => sample(100, i + 1));
const root = sample(100, 999);

/** Lets all be garbage, puts all again, and looks whether what was confirmed is there, until enough was removed meanwhile. */
async function putAgainst(folder: string, isEnough: () => boolean): Promise<{ confirmed: number; lost: number }> {
  const store = directoryStore(folder, { lockTimeout: 100 });
  let [confirmed, lost] = [0, 0];
  const isLost = ({ checksum }: (typeof samples)[number]) => !existsSync(fileOf(folder, checksum));
  while (!isEnough()) {
    for (const { checksum } of samples) {
      const file = fileOf(folder, checksum);
      try {
        age(file, 7200);
      } catch {
        // It was removed.
      }
    }
    const put = async (one: (typeof samples)[number]) => {
      try {
        await store.put(one.checksum, one.bytes);
        return [one];
      } catch (error) {
        // A collector that was killed has left its lock: this one is not confirmed.
        if (!isSeamlessError(error, "STORE_FAILED")) throw error;
        return [];
      }
    };
    const kept = (await Promise.all(samples.map(put))).flat();
    confirmed += kept.length;
    lost += kept.filter(isLost).length;
    // For those that the collector was just looking at.
    await new Promise((resolve) => setTimeout(resolve, 5));
    lost += kept.filter(isLost).length;
  }
  return { confirmed, lost };
}

test("what a put has confirmed is not removed by a collector that runs beside it", async () => {
  const folder = tempDir();
  await directoryStore(folder).put(root.checksum, root.bytes);
  const beside = [collector(folder, root.checksum.hex()), collector(folder, root.checksum.hex())];
  const removed = () => beside.reduce((sum, one) => sum + one.removed(), 0);
  const { confirmed, lost } = await putAgainst(folder, () => removed() >= 500);
  for (const one of beside) await one.kill();
  expect(confirmed).toBeGreaterThan(500);
  expect(lost).toBe(0);
  expect(existsSync(fileOf(folder, root.checksum))).toBe(true);
}, 600_000);

test("nor by collectors that are killed, and none of them leaves half a buffer", async () => {
  const folder = tempDir();
  const store = directoryStore(folder);
  await store.put(root.checksum, root.bytes);
  for (let kills = 0; kills < 20; kills++) {
    const one = collector(folder, root.checksum.hex());
    const { lost } = await putAgainst(folder, () => one.removed() > kills);
    await one.kill();
    expect(lost).toBe(0);
  }
  expect(await store.verify()).toMatchObject({ ok: true, unreadable: [] });
  expect(await store.get(root.checksum)).toEqual(root.bytes);
}, 600_000);
