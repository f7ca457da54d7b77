import { randomBytes } from "node:crypto";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { Checksum } from "@seamless/checksum";
import { s3Store } from "@seamless/remote/s3";
import { loadEngines } from "../engines.mjs";
import { compare } from "../measure.mjs";

export const question = "What does a bucket cost over the bare client of AWS?";

const LARGE = 64 * 2 ** 20;
const SMALL = 4096;
/** Small buffers, and requests at a time. */
const COUNT = 1000;
const AT_ONCE = 16;

const Bucket = "bench";

export async function answer() {
  const { startCeph } = await loadEngines();
  const { stop, endpoint, accessKeyId, secretAccessKey } = await startCeph(6 * 2 ** 30);
  const where = { endpoint, region: "us-east-1", credentials: { accessKeyId, secretAccessKey } };
  const bare = new S3Client({
    ...where,
    forcePathStyle: true,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  const store = s3Store({ ...where, bucket: Bucket });
  /** @param {string} Key */
  const get = async (Key) => (await bare.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToByteArray();
  try {
    await bare.send(new CreateBucketCommand({ Bucket }));
    return [...(await large(store, bare, get)), ...(await small(store, get))];
  } finally {
    bare.destroy();
    await store.close();
    await stop();
  }
}

/**
 * @param {ReturnType<typeof s3Store>} store
 * @param {S3Client} bare
 * @param {(key: string) => Promise<unknown>} get
 */
async function large(store, bare, get) {
  const bytes = randomBytes(LARGE);
  const checksum = Checksum.of(bytes);
  await store.put(checksum, bytes);
  const key = `${checksum.hex().slice(0, 2)}/${checksum.hex()}`;
  // Other bytes each time: what is there already is not sent.
  const prepare = () => {
    bytes.writeUInt32LE(Math.floor(Math.random() * 2 ** 32));
    return { bytes, checksum: Checksum.of(bytes) };
  };
  const gets = await compare(
    { name: "GetObject, into an array", run: () => get(key) },
    [{ name: "get of 64 MiB, hashed", run: () => store.get(checksum), atMost: 1.2 }],
    { rounds: 15, warmup: 2 },
  );
  const puts = await compare(
    { name: "PutObject", run: () => bare.send(new PutObjectCommand({ Bucket, Key: "bare", Body: bytes })) },
    [
      {
        name: "put of 64 MiB, hashed before it is visible",
        prepare,
        run: (next) => store.put(next.checksum, next.bytes),
        atMost: 1.2,
      },
    ],
    { rounds: 15, warmup: 2 },
  );
  return [...gets, ...puts];
}

/**
 * @param {ReturnType<typeof s3Store>} store
 * @param {(key: string) => Promise<unknown>} get
 */
async function small(store, get) {
  /** @type {Checksum[]} */
  const checksums = [];
  for (let i = 0; i < COUNT; i++) {
    const bytes = randomBytes(SMALL);
    checksums.push(Checksum.of(bytes));
    await store.put(Checksum.of(bytes), bytes);
  }
  /** @param {(checksum: Checksum) => Promise<unknown>} one */
  const all = (one) => async () => {
    let next = 0;
    const client = async () => {
      for (let checksum = checksums[next++]; checksum !== undefined; checksum = checksums[next++]) await one(checksum);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, client));
  };
  return compare(
    { name: "GetObject", run: all((checksum) => get(`${checksum.hex().slice(0, 2)}/${checksum.hex()}`)) },
    [{ name: `get of 4 KiB, ${AT_ONCE} at a time`, run: all((checksum) => store.get(checksum)), atMost: 1.3 }],
    { rounds: 9, warmup: 2, calls: COUNT },
  );
}
