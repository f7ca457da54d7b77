import { execFile, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Checksum } from "@seamless/checksum";
import { expect, test } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { fileOf } from "./support/folder.ts";
import { sumOf } from "./support/sample.ts";
import { tempDir } from "./support/temp.ts";

/** Writes a buffer of each size, as bytes and as a stream of known and of unknown length; says which. */
const WRITER = `
  import zlib from "node:zlib";
  import { Checksum } from "@seamless/checksum";
  import { directoryStore } from "@seamless/remote/directory";
  if (zlib.createZstdCompress === undefined) throw new Error("this Node has no zstd");
  const store = directoryStore(process.argv[1], { compress: "zstd" });
  async function* chunksOf(bytes) {
    for (let at = 0; at < bytes.byteLength; at += 70_000) yield bytes.subarray(at, at + 70_000);
  }
  const put = {
    bytes: (checksum, bytes) => store.put(checksum, bytes),
    known: (checksum, bytes) => store.putStream(checksum, chunksOf(bytes), { length: bytes.byteLength }),
    unknown: (checksum, bytes) => store.putStream(checksum, chunksOf(bytes)),
  };
  for (const size of [1_000, 65_536, 300_000, 1_048_577, 20_000_000]) {
    for (const [way, write] of Object.entries(put)) {
      const bytes = Buffer.from((way + " and what goes on with it " + size + "\\n").repeat(size / 20)).subarray(0, size);
      const checksum = Checksum.of(bytes);
      await write(checksum, bytes);
      if (Checksum.of(await store.get(checksum)).hex() !== checksum.hex()) throw new Error("it reads something else");
      console.log(checksum.hex() + " " + size);
    }
  }
`;

test("Node's own zstd writes what the command and older Nodes read", async () => {
  const folder = tempDir();
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const node22 = ["-y", "node@22", "--input-type=module", "--eval", WRITER, folder];
  const { stdout } = await promisify(execFile)("npx", node22, { cwd });
  const written = stdout.trim().split("\n");
  expect(written).toHaveLength(15);
  const store = directoryStore(folder);
  for (const line of written) {
    const [hex = "", size] = line.split(" ");
    const checksum = new Checksum(hex);
    const file = fileOf(folder, checksum, ".zst");
    expect(sumOf(execFileSync("zstd", ["-dc", file], { maxBuffer: 2 ** 30 }))).toBe(hex);
    expect(readFileSync(fileOf(folder, checksum, ".BUFFERLENGTH"), "utf8")).toBe(size);
    expect(sumOf(await store.get(checksum))).toBe(hex);
  }
  expect((await store.verify()).ok).toBe(true);
}, 300_000);
