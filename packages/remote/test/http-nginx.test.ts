import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { freePort, isInstalled, startDaemon } from "@seamless-tools/engines";
import { expect, onTestFinished, test } from "vitest";
import { unavailable } from "../../../tools/build/unavailable.ts";
import { type DirectoryLayout, directoryStore } from "../src/directory/index.ts";
import { httpStore } from "../src/http/store.ts";
import { zstdStored } from "./support/client-zstd.ts";
import { sample, sumOf } from "./support/sample.ts";
import { FAST } from "./support/server.ts";
import { tempDir } from "./support/temp.ts";

/** nginx before a folder, as it is installed, with the compression that many turn on. */
async function startNginx(root: string): Promise<string> {
  const port = await freePort();
  const own = tempDir();
  const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const configuration = `
    daemon off; master_process off; pid ${own}/pid; error_log ${own}/errors;
    events {}
    http {
      access_log off; ${places.map((name) => `${name}_temp_path ${own}/${name};`).join(" ")}
      gzip on; gzip_types *;
      server { listen 127.0.0.1:${port}; root ${root}; }
    }`;
  writeFileSync(join(own, "nginx.conf"), configuration);
  const daemon = await startDaemon("nginx", ["-p", own, "-c", join(own, "nginx.conf")], port);
  onTestFinished(() => daemon.kill());
  return `http://127.0.0.1:${port}`;
}

test.for<DirectoryLayout>(["prefix", "flat"])(
  "what nginx shows is read, plain and compressed, from any byte: %s",
  async (layout, { skip }) => {
    if (!isInstalled("nginx")) unavailable(skip, "there is no nginx here (Debian: nginx-light)");
    const root = tempDir();
    const folder = directoryStore(root, { layout });
    const plain = [sample(0), sample(1000, 1), sample(5_000_000, 2)];
    for (const { checksum, bytes } of plain) await folder.put(checksum, bytes);
    const [gz, zst] = [sample(100_000, 3), sample(300_000, 4)];
    const write = (hex: string, suffix: string, bytes: Uint8Array) => {
      const path = join(root, layout === "flat" ? "" : hex.slice(0, 2), hex + suffix);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, bytes);
    };
    write(gz.checksum.hex(), ".gz", gzipSync(gz.bytes));
    write(zst.checksum.hex(), ".zst", zstdStored(zst.bytes));
    const url = await startNginx(root);

    for (const options of [{}, { layout }]) {
      await using store = httpStore(url, { ...FAST, ...options });
      for (const { checksum, bytes } of [...plain, gz, zst]) {
        expect(await store.has([checksum])).toEqual([true]);
        expect(await store.lengths([checksum])).toEqual([bytes.byteLength]);
        expect(sumOf(await store.get(checksum))).toBe(checksum.hex());
        const offset = bytes.byteLength >> 1;
        const rest = await new Response((await store.getStream(checksum, { offset })) as never).arrayBuffer();
        expect(sumOf(new Uint8Array(rest))).toBe(sumOf(bytes.subarray(offset)));
      }
      const missing = sample(7, 9).checksum;
      expect([await store.has([missing]), await store.get(missing)]).toEqual([[false], undefined]);
    }
  },
);
