import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Checksum } from "@seamless/checksum";
import { Pool } from "undici";
import { compare } from "../measure.mjs";
import { hasPythonServer, serve, servePython } from "../serving.mjs";
import { inFolder } from "../workplace.mjs";

export const question =
  "How does seamless serve compare with the hashserver in Python, or rather its equal: FastAPI on uvicorn, httptools and uvloop?";

const LARGE = 2 ** 26;
const SMALL = 4096;
const CLIENTS = 16;
/** Small buffers in a round, each asked for or put once. */
const BUFFERS = 1000;
const ASKED = 1500;

/** Ours flushes what it confirms in any case; theirs does not, unless it is told to. */
const PEERS = /** @type {const} */ ({ "Python, not flushed": [], "Python, flushed": ["--fsync"] });

/** None without Python and its packages. */
export function answer() {
  if (!hasPythonServer()) return [];
  return inFolder(async (folder) => {
    const rows = [];
    const ours = await start(folder, "ours", (at) => serve(at, "--writable"));
    try {
      for (const [name, options] of Object.entries(PEERS)) {
        const theirs = await start(folder, `theirs${options.join()}`, (at) => servePython(at, ...options));
        try {
          rows.push(...(await puts(name, theirs, ours)));
          if (options.length === 0) rows.push(...(await gets(theirs, ours)));
        } finally {
          await theirs.close();
        }
      }
    } finally {
      await ours.close();
    }
    return rows;
  });
}

/** @typedef {{ readonly pool: Pool, close(): Promise<void> }} Server */

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
    pool,
    async close() {
      await pool.destroy();
      await server.close();
    },
  };
}

/**
 * @param {string} peer
 * @param {Server} theirs
 * @param {Server} ours
 */
async function puts(peer, theirs, ours) {
  const large = {
    prepare: () => buffers(1, LARGE),
    /** @param {Server} server */
    run: (server) => (/** @type {readonly Sample[]} */ samples) => all(samples, (sample) => put(server, sample)),
  };
  const small = { ...large, prepare: () => buffers(BUFFERS, SMALL) };
  const smallTarget = peer === "Python, not flushed" ? { atMost: 0.4 } : {};
  return [
    ...(await compare(
      { name: peer, prepare: large.prepare, run: large.run(theirs) },
      [{ name: "PUT of 64 MiB", prepare: large.prepare, run: large.run(ours), atMost: 0.8 }],
      { rounds: 9, warmup: 2 },
    )),
    ...(await compare(
      { name: peer, prepare: small.prepare, run: small.run(theirs) },
      [{ name: "PUT of 4 KiB, 16 clients", prepare: small.prepare, run: small.run(ours), ...smallTarget }],
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
  for (const server of [theirs, ours]) await all([...large, ...small], (sample) => put(server, sample));
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
      { name: peer, run: () => all(small, (sample) => get(theirs, sample)) },
      [{ name: "GET of 4 KiB, 16 clients", run: () => all(small, (sample) => get(ours, sample)), atMost: 0.15 }],
      { rounds: 7, warmup: 1, calls: BUFFERS },
    )),
    ...(await compare({ name: peer, run: has(theirs) }, [{ name: "/has of 1,500", run: has(ours), atMost: 0.1 }], {
      rounds: 15,
      warmup: 3,
    })),
  ];
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
