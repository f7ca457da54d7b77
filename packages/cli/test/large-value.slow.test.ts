import { createHash } from "node:crypto";
import { join } from "node:path";
import { expect } from "vitest";
import { run } from "./support/commands.ts";
import { jsonLines, writeSparse } from "./support/files.ts";
import { test } from "./support/test.ts";

const SIZE = 2 ** 31;
const WHY = "the buffer is too large to be read as a value: the limit is 2147483647 bytes";

/** Of as many zeros. */
function checksumOfZeros(size: number): string {
  const hash = createHash("sha256");
  const zeros = new Uint8Array(2 ** 20);
  for (let i = 0; i < size; i += zeros.byteLength) hash.update(zeros);
  return hash.digest("hex");
}

test("of a buffer of 2 GiB inspect says checksum and length, and keeps nothing of it", async ({ dir }) => {
  writeSparse(join(dir, "zeros"), SIZE);
  const checksum = checksumOfZeros(SIZE);
  const report = "process.on('exit',()=>console.error(process.resourceUsage().maxRSS))";
  const env = { NODE_OPTIONS: `--import "data:text/javascript,${report}"` };
  const { out, err, status } = await run("seamless inspect", ["zeros"], { cwd: dir, env });
  expect({ out, status }).toEqual({
    out: [
      `checksum   ${checksum}`,
      "length     2147483648 B, 2.15 GB",
      "readable   as bytes",
      `           not as others: ${WHY}`,
      "",
    ].join("\n"),
    status: 0,
  });
  // In kB. Node alone takes some 60 MB.
  expect(Number(err)).toBeLessThan(200_000);
  const json = await run("seamless inspect", ["--json", "zeros"], { cwd: dir });
  expect(jsonLines(json.out)).toMatchObject([{ checksum, length: SIZE, celltypes: { bytes: true, text: WHY } }]);
});
