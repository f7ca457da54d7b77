import { existsSync, readdirSync } from "node:fs";
import { Checksum } from "@seamless/checksum";
import { directoryStore } from "@seamless/remote/directory";

/** The buffers in the folder of a store, by their checksums, sorted. */
export function stored(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => path.split("/").at(-1)!)
    .filter((name) => /^[0-9a-f]{64}$/.test(name))
    .sort();
}

/** Put buffers into the folder of a store. Returns their checksums. */
export async function keep(folder: string, ...contents: readonly (string | Uint8Array)[]): Promise<string[]> {
  const store = directoryStore(folder);
  const checksums: string[] = [];
  for (const content of contents) {
    const bytes = Buffer.from(content);
    const checksum = Checksum.of(bytes);
    await store.put(checksum, bytes);
    checksums.push(checksum.hex());
  }
  await store.close();
  return checksums;
}
