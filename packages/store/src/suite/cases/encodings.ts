import {
  check,
  checkBytes,
  checkCode,
  checkComesFrom,
  checkMissing,
  checkThere,
  chunksOf,
  LARGE,
  readAll,
  readUntilError,
  rejection,
  type StoreCase,
  sample,
} from "../harness.ts";

/** Largest block of bytes as they are (RFC 1951, section 3.2.4). */
const BLOCK = 0xffff;

/** A gzip file of bytes as they are (RFC 1952): no compressor is needed, and every decoder reads it. */
function gzipStored(bytes: Uint8Array): Uint8Array {
  const blocks = Math.max(1, Math.ceil(bytes.byteLength / BLOCK));
  const file = new Uint8Array(10 + 5 * blocks + bytes.byteLength + 8);
  const view = new DataView(file.buffer);
  file.set([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  let at = 10;
  for (let i = 0; i < blocks; i++) {
    const block = bytes.subarray(i * BLOCK, (i + 1) * BLOCK);
    view.setUint8(at, i === blocks - 1 ? 1 : 0);
    view.setUint16(at + 1, block.byteLength, true);
    view.setUint16(at + 3, ~block.byteLength & 0xffff, true);
    file.set(block, at + 5);
    at += 5 + block.byteLength;
  }
  view.setUint32(at, crc32(bytes), true);
  view.setUint32(at + 4, bytes.byteLength, true);
  return file;
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** For stores with `getEncoded` and `putEncoded`. */
export const encodings: readonly StoreCase[] = [
  {
    name: "encoded: what is put so is kept so, and decoded for all others",
    async run({ store, readOnly }) {
      if (store.putEncoded === undefined || store.getEncoded === undefined) return;
      for (const { checksum, bytes } of [sample(0), sample(1000), sample(LARGE)]) {
        const file = gzipStored(bytes);
        await store.putEncoded(checksum, "gzip", chunksOf(file), { length: file.byteLength });
        await checkThere(store, checksum, bytes);
        for (const each of [store, readOnly]) {
          const found = await each.getEncoded?.(checksum, ["zstd", "gzip"]);
          check(found?.coding === "gzip", `getEncoded: ${found?.coding} instead of gzip`);
          check(found.length === file.byteLength, "getEncoded: another length");
          checkBytes(await readAll(found.stream), file, "getEncoded");
        }
        for (const accept of [[], ["zstd"]] as const) {
          check((await store.getEncoded(checksum, accept)) === undefined, "getEncoded: in a coding that is not wanted");
        }
      }
    },
  },
  {
    name: "encoded: nothing is given so of what is missing, or lies plain",
    async run({ store }) {
      if (store.getEncoded === undefined) return;
      const { checksum, bytes } = sample(1000);
      check((await store.getEncoded(checksum, ["gzip", "zstd"])) === undefined, "getEncoded: found what is missing");
      await store.put(checksum, bytes);
      const found = await store.getEncoded(checksum, ["gzip", "zstd"]);
      // A store may compress what it keeps.
      if (found !== undefined) await readAll(found.stream);
      await checkThere(store, checksum, bytes);
    },
  },
  {
    name: "encoded: what is wrong, cannot be decoded or breaks off is refused, and nothing is kept",
    async run({ store, readOnly }) {
      if (store.putEncoded === undefined) return;
      const [one, other] = [sample(LARGE, 1), sample(LARGE, 2)];
      const file = gzipStored(one.bytes);
      const put = (bytes: Uint8Array) =>
        rejection(store.putEncoded?.(one.checksum, "gzip", chunksOf(bytes)) ?? Promise.resolve(), "putEncoded");
      checkCode(await put(gzipStored(other.bytes)), ["CHECKSUM_MISMATCH"], "putEncoded of other bytes");
      await checkMissing(store, one.checksum);
      for (const bytes of [one.bytes, file.subarray(0, -9), file.subarray(0, 10), new Uint8Array()]) {
        checkCode(await put(bytes), ["STORE_FAILED"], "putEncoded of what cannot be decoded");
        await checkMissing(store, one.checksum);
      }
      const reason = new Error("broken off");
      const source = async function* () {
        yield file.slice(0, 300_000);
        throw reason;
      };
      const broken = store.putEncoded(one.checksum, "gzip", source());
      checkComesFrom(await rejection(broken, "putEncoded"), reason, "putEncoded");
      const most = store.putEncoded(one.checksum, "gzip", chunksOf(file), { maxDecodedBytes: 1000 });
      checkCode(await rejection(most, "putEncoded"), ["TOO_LARGE"], "putEncoded beyond its limit");
      const refused = readOnly.putEncoded?.(one.checksum, "gzip", chunksOf(file)) ?? Promise.resolve();
      checkCode(await rejection(refused, "putEncoded"), ["READ_ONLY"], "putEncoded of a read-only store");
      await checkMissing(store, one.checksum);
      await store.putEncoded(one.checksum, "gzip", chunksOf(file));
      await checkThere(store, one.checksum, one.bytes);
    },
  },
  {
    name: "encoded: what lies there and is wrong is never given to its end",
    async run({ store, plant }) {
      if (store.putEncoded === undefined || store.getEncoded === undefined) return;
      const [one, other] = [sample(LARGE, 1), sample(LARGE, 2)];
      await store.putEncoded(one.checksum, "gzip", chunksOf(gzipStored(one.bytes)));
      await plant(one.checksum, other.bytes);
      const found = await store.getEncoded(one.checksum, ["gzip", "zstd"]);
      // What was planted counts first, or not at all: right bytes, or none.
      if (found === undefined) return;
      const { bytes, error } = await readUntilError(found.stream);
      if (error === undefined) checkBytes(bytes, gzipStored(one.bytes), "getEncoded");
    },
  },
];
