import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { Checksum } from "@seamless/checksum";
import { Pool } from "undici";
import { compare } from "../measure.mjs";
import { hasPythonServer, serve, servePython } from "../serving.mjs";
import { inFolder } from "../workplace.mjs";

export const question =
  "How does seamless serve compare with the hashserver in Python, or rather its equal: FastAPI on uvicorn, httptools and uvloop?";

/** Why nothing better than the targets can be expected. */
export const why = {
  "PUT of 64 MiB":
    "each side receives, hashes and writes in one thread; two thirds of that are the system's and OpenSSL's, which are the same",
  "PUT of 4 KiB, 16 clients": "the system takes half of a put of Python's to make, write and rename the file",
  "GET of 64 MiB": "both give the same bytes to the system; ours hashes them, which takes as long as half of that",
  "GET of 4 KiB, 16 clients, all different":
    "what node:http takes for an empty answer is a tenth of what Python takes for the file",
  "/has of 1,500, of which 1,000 were put an hour ago":
    "a look at the disk takes a microsecond, the turn of a thread in Python thirty",
};

const LARGE = 2 ** 26;
const SMALL = 4096;
const CLIENTS = 16;
/** Small buffers in a round, each asked for or put once. */
const BUFFERS = 1000;
const ASKED = 1500;

/** What is put has reached the disk when it is confirmed, or not: the same on both sides. */
const PEERS = [
  { name: "Python, not flushed", theirs: [], ours: ["--no-sync"] },
  { name: "Python, flushed", theirs: ["--fsync"], ours: [] },
];

/** None without Python and its packages. */
export function answer() {
  if (!hasPythonServer()) return [];
  return inFolder(async (folder) => {
    const rows = [];
    for (const [i, peer] of PEERS.entries()) {
      const theirs = await start(folder, `theirs${i}`, (at) => servePython(at, ...peer.theirs));
      const ours = await start(folder, `ours${i}`, (at) => serve(at, "--writable", ...peer.ours));
      try {
        rows.push(...(await puts(peer, theirs, ours)));
        if (i === 0) rows.push(...(await gets(theirs, ours)));
      } finally {
        await theirs.close();
        await ours.close();
      }
    }
    return rows;
  });
}

/** @typedef {{ readonly folder: string, readonly pool: Pool, close(): Promise<void> }} Server */

/**
 * @param {string} folder
 * @param {string} name
 * @param {(at: string) => Promise<{ url: string, close(): Promise<void> }>} serveAt
 */
async function start(folder, name, serveAt) {
  const at = join(folder, name);
  mkdirSync(at);
  const server = await serveAt(at);
  const pool = new Pool(server.url, { connections: CLIENTS });
  return {
    folder: at,
    pool,
    async close() {
      await pool.destroy();
      await server.close();
    },
  };
}

/**
 * @param {typeof PEERS[number]} peer
 * @param {Server} theirs
 * @param {Server} ours
 */
async function puts({ name }, theirs, ours) {
  const large = {
    prepare: () => buffers(1, LARGE),
    /** @param {Server} server */
    run: (server) => (/** @type {readonly Sample[]} */ samples) => all(samples, (sample) => put(server, sample)),
  };
  const small = { ...large, prepare: () => buffers(BUFFERS, SMALL) };
  return [
    ...(await compare(
      { name, prepare: large.prepare, run: large.run(theirs) },
      [{ name: "PUT of 64 MiB", prepare: large.prepare, run: large.run(ours), atMost: 0.8 }],
      { rounds: 9, warmup: 2 },
    )),
    ...(await compare(
      { name, prepare: small.prepare, run: small.run(theirs) },
      [{ name: "PUT of 4 KiB, 16 clients", prepare: small.prepare, run: small.run(ours), atMost: 0.4 }],
      { rounds: 7, warmup: 1, calls: BUFFERS },
    )),
  ];
}

/**
 * @param {Server} theirs
 * @param {Server} ours
 */
async function gets(theirs, ours) {
  const [large, small] = [buffers(1, LARGE), buffers(BUFFERS, SMALL)];
  for (const server of [theirs, ours]) {
    await all([...large, ...small], (sample) => put(server, sample));
    age(server.folder);
  }
  const peer = "Python";
  const body = JSON.stringify(Array.from({ length: ASKED }, (_, i) => (small[i] ?? missing(i)).hex));
  /** @param {Server} server */
  const has = (server) => async () => {
    const headers = { "content-type": "application/json" };
    const response = await server.pool.request({ path: "/has", method: "GET", headers, body });
    const answers = /** @type {readonly boolean[]} */ (await response.body.json());
    if (answers.filter(Boolean).length !== BUFFERS) throw new Error("the server does not have what it was given");
  };
  return [
    ...(await compare(
      { name: peer, run: () => get(theirs, large[0]) },
      [{ name: "GET of 64 MiB", run: () => get(ours, large[0]), atMost: 0.7 }],
      { rounds: 15, warmup: 3 },
    )),
    ...(await compare(
      { name: peer, prepare: fresh(theirs), run: getAll(theirs) },
      [{ name: "GET of 4 KiB, 16 clients, all different", prepare: fresh(ours), run: getAll(ours), atMost: 0.15 }],
      { rounds: 7, warmup: 1, calls: BUFFERS },
    )),
    ...(await compare(
      { name: peer, run: () => getAll(theirs)(small) },
      [{ name: "the same, asked for again within ten seconds", run: () => getAll(ours)(small) }],
      { rounds: 7, warmup: 1, calls: BUFFERS },
    )),
    ...(await compare(
      { name: peer, run: has(theirs) },
      [{ name: "/has of 1,500, of which 1,000 were put an hour ago", run: has(ours), atMost: 0.1 }],
      { rounds: 15, warmup: 3 },
    )),
  ];
}

/**
 * Buffers that nobody has asked for yet.
 *
 * @param {Server} server
 */
const fresh = (server) => async () => {
  const samples = buffers(BUFFERS, SMALL);
  await all(samples, (sample) => put(server, sample));
  return samples;
};

/** @param {Server} server */
const getAll = (server) => (/** @type {readonly Sample[]} */ samples) => all(samples, (sample) => get(server, sample));

/**
 * Makes all files of a folder an hour old: who has just put something knows that it is there.
 *
 * @param {string} folder
 */
function age(folder) {
  const time = Date.now() / 1000 - 3600;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) utimesSync(join(entry.parentPath, entry.name), time, time);
  }
}

/** @typedef {{ readonly bytes: Uint8Array, readonly hex: string }} Sample */

/**
 * @param {number} count
 * @param {number} size
 * @returns {readonly Sample[]}
 */
const buffers = (count, size) =>
  Array.from({ length: count }, () => {
    const bytes = randomBytes(size);
    return { bytes, hex: Checksum.of(bytes).hex() };
  });

/** @param {number} i */
const missing = (i) => ({ hex: Checksum.of(new TextEncoder().encode(`missing ${i}`)).hex() });

/**
 * Sixteen at a time.
 *
 * @param {readonly Sample[]} samples
 * @param {(sample: Sample) => Promise<void>} work
 */
async function all(samples, work) {
  const rest = samples.values();
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      for (const sample of rest) await work(sample);
    }),
  );
}

/**
 * @param {Server} server
 * @param {Sample} sample
 */
async function put({ pool }, { bytes, hex }) {
  const { statusCode, body } = await pool.request({ path: `/${hex}`, method: "PUT", body: bytes });
  await body.dump();
  if (statusCode !== 200) throw new Error(`status ${statusCode}`);
}

/**
 * @param {Server} server
 * @param {Sample | undefined} sample
 */
async function get({ pool }, sample) {
  const { statusCode, body } = await pool.request({ path: `/${sample?.hex}`, method: "GET" });
  let length = 0;
  for await (const chunk of body) length += chunk.length;
  if (statusCode !== 200 || length !== sample?.bytes.length) throw new Error(`status ${statusCode}, ${length} bytes`);
}
