import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { age, fileOf, plant } from "./support/folder.ts";
import { chunksOf, sample } from "./support/sample.ts";
import { tempDir } from "./support/temp.ts";

const { bytes, checksum } = sample(1000);
const modeOf = (path: string) => statSync(path).mode & 0o7777;

function withUmask(umask: number): void {
  const before = process.umask(umask);
  onTestFinished(() => void process.umask(before));
}

// Mode of the folder → of the folders in it, of a buffer, of the marker.
describe.each([
  [0o755, 0o755, 0o644, 0o644],
  [0o775, 0o775, 0o644, 0o664],
  [0o2775, 0o2775, 0o644, 0o664],
  [0o2770, 0o2770, 0o640, 0o660],
  [0o700, 0o700, 0o640, 0o640],
  [0o777, 0o777, 0o644, 0o666],
])("in a folder of mode %o", (root, folder, buffer, marker) => {
  test.each([0o022, 0o077, 0o000])("what is made has its permissions, under any umask (%o)", async (umask) => {
    withUmask(umask);
    const place = tempDir();
    chmodSync(place, root);
    await directoryStore(place).put(checksum, bytes);
    const file = fileOf(place, checksum);
    expect([modeOf(dirname(file)), modeOf(file), modeOf(join(place, ".HASHSERVER_PREFIX"))]).toEqual([
      folder,
      buffer,
      marker,
    ]);
    const flat = tempDir();
    chmodSync(flat, root);
    await directoryStore(flat, { layout: "flat" }).putStream(checksum, chunksOf(bytes));
    expect(modeOf(join(flat, checksum.hex()))).toBe(buffer);
  });
});

test("the group of the folder is handed down where it says so", async ({ skip }) => {
  if (process.getuid?.() !== 0) skip("only root can give a folder to another group");
  const place = tempDir();
  chownSync(place, 0, 54_321);
  chmodSync(place, 0o2770);
  await directoryStore(place).put(checksum, bytes);
  const file = fileOf(place, checksum);
  expect([statSync(dirname(file)).gid, statSync(file).gid]).toEqual([54_321, 54_321]);
  expect(modeOf(dirname(file))).toBe(0o2770);
});

test("what is mended can be read by those who could not read it", async () => {
  const place = tempDir();
  chmodSync(place, 0o755);
  plant(fileOf(place, checksum), "wrong");
  chmodSync(fileOf(place, checksum), 0o600);
  await directoryStore(place).put(checksum, bytes);
  expect(modeOf(fileOf(place, checksum))).toBe(0o644);
});

/** What a user who is bound by permissions sees and does; `undefined` where there is none to be. */
async function asNobody(place: string, body: string): Promise<unknown> {
  const script = `
    import { Checksum } from "@seamless/checksum";
    import { directoryStore } from "@seamless/remote/directory";
    const store = directoryStore(process.argv[1]);
    const checksum = new Checksum("${checksum.hex()}");
    const outcome = (promise) => promise.then((value) => value ?? null, ({ code }) => code);
    console.log(JSON.stringify(await (async () => { ${body} })()));
  `;
  const root = process.getuid?.() === 0;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script, place], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    stdio: ["ignore", "pipe", "inherit"],
    ...(root ? { uid: 65_534, gid: 65_534 } : {}),
  });
  const [out] = await Promise.all([text(child.stdout), once(child, "close")]);
  return JSON.parse(out);
}

describe("a file that we may not read, as uploads to hashservers in Python leave them", () => {
  const unreadable = () => {
    const place = tempDir();
    plant(fileOf(place, checksum), bytes);
    chmodSync(fileOf(place, checksum), 0);
    for (const folder of [place, dirname(fileOf(place, checksum))]) chmodSync(folder, 0o777);
    return place;
  };

  test("is one buffer that cannot be had", async () => {
    const asking = `
      return [
        await store.has([checksum]),
        await store.check([checksum]),
        await outcome(store.get(checksum)),
        await outcome(store.getStream(checksum)),
        (await store.verify()).unreadable.length,
      ];
    `;
    const answer = [[false], ["unreadable"], "PERMISSION_DENIED", "PERMISSION_DENIED", 1];
    expect(await asNobody(unreadable(), asking)).toEqual(answer);
  });

  test("is mended by put", async () => {
    const place = unreadable();
    const putting = `
      await store.put(checksum, new Uint8Array(${JSON.stringify([...bytes])}));
      return await store.check([checksum]);
    `;
    expect(await asNobody(place, putting)).toEqual(["ok"]);
    expect(modeOf(fileOf(place, checksum))).toBe(0o644);
  });

  test("is put aside by quarantine", async () => {
    const place = unreadable();
    age(fileOf(place, checksum), 7200);
    const verifying = `
      const { corrupt } = await store.verify({ quarantine: true });
      return [corrupt.length, typeof corrupt[0].quarantined, await store.has([checksum])];
    `;
    expect(await asNobody(place, verifying)).toEqual([1, "string", [false]]);
  });
});

test("a folder that we may not look into is no folder without buffers", async () => {
  const place = tempDir();
  plant(fileOf(place, checksum), bytes);
  chmodSync(place, 0);
  const asking = "return [await outcome(store.has([checksum])), await outcome(store.get(checksum))];";
  expect(await asNobody(place, asking)).toEqual(["PERMISSION_DENIED", "PERMISSION_DENIED"]);
});

test("in a working directory that has been removed, a relative path is one clear error, and absolute ones work", async () => {
  const place = tempDir();
  const lost = `
    import { mkdirSync, rmdirSync } from "node:fs";
    import { openStore } from "@seamless/remote";
    import { directoryStore } from "@seamless/remote/directory";
    mkdirSync(process.argv[1] + "/gone");
    process.chdir(process.argv[1] + "/gone");
    rmdirSync(process.argv[1] + "/gone");
    const outcome = async (open) => {
      try { return (await open()).path; } catch ({ code, message }) { return [code, message]; }
    };
    const outcomes = [];
    for (const open of [openStore, directoryStore]) {
      outcomes.push(await outcome(() => open("relative")), await outcome(() => open(process.argv[1])));
    }
    console.log(JSON.stringify(outcomes));
  `;
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const child = spawn(process.execPath, ["--input-type=module", "--eval", lost, place], {
    cwd,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [out] = await Promise.all([text(child.stdout), once(child, "close")]);
  const clear = ["NOT_FOUND", expect.stringContaining("the working directory has been removed")];
  expect(JSON.parse(out)).toEqual([clear, place, clear, place]);
});

test("the folder for what is put aside has its permissions, too", async () => {
  withUmask(0o077);
  const place = tempDir();
  chmodSync(place, 0o775);
  plant(fileOf(place, checksum), "wrong");
  age(fileOf(place, checksum), 7200);
  await directoryStore(place).verify({ quarantine: true });
  expect(modeOf(join(place, ".quarantine"))).toBe(0o775);
});

test("a folder that was there keeps its own", async () => {
  const place = tempDir();
  chmodSync(place, 0o775);
  mkdirSync(dirname(fileOf(place, checksum)), { mode: 0o750 });
  await directoryStore(place).put(checksum, bytes);
  expect(modeOf(dirname(fileOf(place, checksum)))).toBe(0o750);
});
