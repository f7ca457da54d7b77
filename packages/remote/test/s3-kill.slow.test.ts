import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { ListMultipartUploadsCommand } from "@aws-sdk/client-s3";
import { Checksum, isSeamlessError } from "@seamless/checksum";
import { startGateway } from "@seamless-tools/engines";
import { expect, onTestFinished, test } from "vitest";
import { type S3Store, type S3StoreOptions, s3Store } from "../src/s3/store.ts";
import { startCuttingProxy } from "./support/cutting-proxy.ts";
import { makeBucket, useCeph } from "./support/s3.ts";
import { sample } from "./support/sample.ts";

const ceph = useCeph();

const KILLS = 50;
const MIB = 2 ** 20;
const root = fileURLToPath(new URL("..", import.meta.url));

/** Puts buffers, every fourth of them in parts, until it is killed; says what it begins and has sent, and which are there for good. */
const WRITER = `
  import { randomFillSync } from "node:crypto";
  import { writeSync } from "node:fs";
  import { Checksum } from "@seamless/checksum";
  import { s3Store } from "@seamless/remote/s3";
  const store = s3Store({ ...JSON.parse(process.argv[1]), partSize: ${5 * MIB} });
  async function* chunksOf(bytes) {
    for (let at = 0; at < bytes.byteLength; at += 700_000) yield bytes.subarray(at, at + 700_000);
  }
  for (let i = 0; ; i++) {
    const bytes = randomFillSync(new Uint8Array(i % 4 === 1 ? ${17 * MIB} : i * 3700));
    const checksum = Checksum.of(bytes);
    const step = () => writeSync(1, "step\\n");
    step();
    const options = { onProgress: step };
    await (i % 2 === 0 ? store.put(checksum, bytes, options) : store.putStream(checksum, chunksOf(bytes), options));
    writeSync(1, checksum.hex() + "\\n");
  }
`;

function startClient(program: string, ...args: string[]) {
  return spawn(process.execPath, ["--input-type=module", "--eval", program, ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
  });
}

/** Starts a writer, and kills it at a random moment of a random put. Gives the checksums that it says it has put. */
async function killWriter(options: S3StoreOptions): Promise<string[]> {
  const child = startClient(WRITER, JSON.stringify(options));
  const closed = once(child, "close");
  // By a count, not a time: on a busy machine a time would end before anything is put.
  const steps = 1 + Math.floor(Math.random() * 12);
  let said = "";
  let killed = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (killed || said.split("step\n").length <= steps) return;
    killed = true;
    setTimeout(() => child.kill("SIGKILL"), Math.random() * 20);
  });
  const [, signal] = await closed;
  expect(signal).toBe("SIGKILL");
  return said.split("\n").filter((line) => /^[0-9a-f]{64}$/.test(line));
}

/** Whatever is there is right, and what was confirmed is there. */
async function verify(store: S3Store, confirmed: readonly string[]): Promise<void> {
  const found = new Set<string>();
  for await (const { checksum, length } of store.list()) {
    // Wrong bytes would reject.
    const bytes = await store.get(checksum);
    expect([checksum.hex(), bytes?.byteLength]).toEqual([checksum.hex(), length]);
    found.add(checksum.hex());
  }
  expect(confirmed.filter((hex) => !found.has(hex))).toEqual([]);
}

test(`killed at ${KILLS} random moments, clients lose nothing that they had put, show nothing wrong, and leave only what is swept`, async (context) => {
  const { options, client, bucket } = await makeBucket(ceph(context));
  const store = s3Store(options);
  const confirmed: string[] = [];
  let left = KILLS;
  const killer = async () => {
    while (left-- > 0) confirmed.push(...(await killWriter(options)));
  };
  await Promise.all([killer(), killer(), killer()]);
  expect(confirmed.length).toBeGreaterThan(0);
  await verify(store, confirmed);
  const swept = await store.sweep({ olderThan: 0 });
  expect(swept).toBeGreaterThan(0);
  const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  expect(Uploads ?? []).toEqual([]);
  await store.close();
}, 900_000);

/** Puts and gets until it is told to stop; gives what was confirmed. Fails by what may pass, and by nothing else. */
async function work(store: S3Store, running: () => boolean): Promise<string[]> {
  const confirmed: string[] = [];
  const large = Array.from({ length: 6 }, (_, i) => sample(17 * MIB, 1000 + i));
  for (let i = 0; running(); i++) {
    const one = i % 10 === 9 ? large[((i / 10) % large.length) | 0]! : sample((i % 50) * 977, i + 1);
    try {
      await store.put(one.checksum, one.bytes);
      confirmed.push(one.checksum.hex());
      const again = confirmed[Math.floor(Math.random() * confirmed.length)]!;
      const bytes = await store.get(new Checksum(again));
      expect(bytes && Checksum.of(bytes).hex()).toBe(again);
    } catch (error) {
      if (!isSeamlessError(error, "STORE_FAILED")) throw error;
    }
  }
  return confirmed;
}

test(`a gateway that is killed ${KILLS} times loses nothing that it had confirmed, and shows nothing wrong`, async (context) => {
  const cluster = ceph(context);
  const { options } = await makeBucket(cluster);
  const gateway = await startGateway(cluster);
  onTestFinished(() => gateway.stop());
  const store = s3Store({ ...options, endpoint: gateway.endpoint, partSize: 5 * MIB });
  let running = true;
  const working = work(store, () => running);
  for (let kill = 0; kill < KILLS; kill++) {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 200));
    await gateway.kill();
    await gateway.restart();
  }
  running = false;
  const confirmed = await working;
  expect(confirmed.length).toBeGreaterThan(0);
  await store.close();
  const direct = s3Store(options);
  await verify(direct, confirmed);
  await direct.close();
}, 900_000);

test(`a proxy that cuts ${KILLS} connections in the middle loses nothing that was confirmed, and shows nothing wrong`, async (context) => {
  const { options } = await makeBucket(ceph(context));
  const proxy = await startCuttingProxy(options.endpoint!, 12 * MIB);
  const store = s3Store({ ...options, endpoint: proxy.url, partSize: 5 * MIB });
  const confirmed = await work(store, () => proxy.cuts < KILLS);
  await store.close();
  const direct = s3Store(options);
  await verify(direct, confirmed);
  await direct.close();
}, 900_000);

/** Puts and gets a stream, and says by how many bytes the process has grown meanwhile. */
const STREAMER = `
  import { createSha256, Checksum } from "@seamless/checksum";
  import { s3Store } from "@seamless/remote/s3";
  const store = s3Store(JSON.parse(process.argv[1]));
  const length = Number(process.argv[2]);
  async function* chunks() {
    for (let at = 0; at < length; at += 65536) yield new Uint8Array(65536).fill(at >>> 16);
  }
  const hash = createSha256();
  for await (const chunk of chunks()) hash.update(chunk);
  const checksum = new Checksum(hash.digest());
  await store.has([checksum]);
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 10);
  await store.putStream(checksum, chunks(), { length });
  let read = 0;
  for await (const chunk of await store.getStream(checksum)) read += chunk.byteLength;
  clearInterval(timer);
  await store.close();
  console.log(JSON.stringify({ read, grown: most - before }));
`;

test("a stream of 320 MiB goes to the bucket and back in the memory of its parts", async (context) => {
  // Five parts of 8 MiB, what the client of AWS and sockets hold, and garbage.
  const limit = 160 * MIB;
  const grown: number[] = [];
  // A busy machine collects garbage late, and never makes anything smaller: the best of three counts.
  while (grown.length < 3 && !grown.some((bytes) => bytes < limit)) {
    const { options } = await makeBucket(ceph(context));
    const child = startClient(STREAMER, JSON.stringify(options), String(320 * MIB));
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    await once(child, "close");
    const found = JSON.parse(said) as { read: number; grown: number };
    expect(found.read).toBe(320 * MIB);
    grown.push(found.grown);
  }
  expect(Math.min(...grown)).toBeLessThan(limit);
}, 600_000);
