import { hash, randomBytes } from "node:crypto";
import { Checksum } from "@seamless/checksum";
import { compare } from "../measure.mjs";

export const question = "What does a Checksum cost over the bare hash?";

const CALLS = 50_000;

export async function answer() {
  const rows = [];
  for (const size of [32, 1024]) {
    const buffers = Array.from({ length: 64 }, () => randomBytes(size));
    const each = (/** @type {(bytes: Uint8Array) => unknown} */ work) => () => {
      for (let i = 0; i < CALLS; i++) work(buffers[i % 64] ?? new Uint8Array());
    };
    rows.push(
      ...(await compare(
        { name: 'crypto.hash("sha256", b, "hex")', run: each((bytes) => hash("sha256", bytes, "hex")) },
        [{ name: `Checksum.of, ${size} B`, run: each((bytes) => Checksum.of(bytes)), atMost: 1.3 }],
        { rounds: 21, warmup: 3, calls: CALLS },
      )),
    );
  }
  return rows;
}
