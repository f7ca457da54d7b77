import { fileURLToPath } from "node:url";
import { NdArray, serialize } from "@seamless/celltypes";
import { Checksum } from "@seamless/checksum";
import { createHashserver } from "@seamless/remote/hashserver/node";
import { memoryStore } from "@seamless/store";
import { loadBrowser } from "../engines.mjs";
import { exponent, median } from "../measure.mjs";

export const question = "What do hashing and resolving cost a page over what the browser has for both, in Chromium?";

/** Why nothing better than the targets can be expected. */
export const why = {
  "SHA-256 of 4 MB, asynchronous, whole": "WebCrypto hashes on both sides",
  "resolve of an array of 16 MB": "one fetch and one hash on both sides",
  "resolve of an array of 16 MB: its longest task, where over 50 ms": "longer tasks are felt",
};

const HASHED = 4_000_000;
/** In bytes: how it grows. */
const SIZES = [1_000_000, 4_000_000, 16_000_000];
/** Of float64, in 16 MB. */
const ELEMENTS = 2_000_000;
const ROUNDS = 21;
const WARMUP = 3;
const ALONE = 9;

export async function answer() {
  const { findChromium, openSite } = await loadBrowser();
  const chromium = findChromium();
  if (chromium === undefined) throw new Error("this needs a Chromium: install one, or name it in CHROMIUM");
  const array = serialize(new NdArray(Float64Array.from({ length: ELEMENTS }, (_, i) => Math.sin(i))), "binary");
  const checksum = Checksum.of(array);
  const store = memoryStore();
  await store.put(checksum, array);
  const server = createHashserver({ store, cors: "*" });
  const { url } = await server.listen({ port: 0 });
  const site = await openSite(chromium, fileURLToPath(new URL("../pages/hash.mjs", import.meta.url)));
  try {
    const page = await site.open();
    await page.call("prepare", { length: HASHED });
    const asked = { url: url.replace(/\/$/, ""), hex: checksum.hex(), celltype: "binary" };
    return [
      ...(await rowsOf(page, "hash", {}, "SHA-256 of 4 MB, asynchronous, whole", "crypto.subtle.digest", 1.2)),
      ...(await rowsOf(page, "resolve", asked, "resolve of an array of 16 MB", "fetch and crypto.subtle.digest", 1.4)),
      await growthRow(page),
    ];
  } finally {
    await site.close();
    await server.close();
  }
}

/**
 * How hashing grows with the number of bytes.
 *
 * @param {import("../../../browser/src/site.ts").SitePage} page
 */
async function growthRow(page) {
  const times = [];
  for (const length of SIZES) {
    await page.call("prepare", { length });
    /** @type {number[]} */
    const rounds = [];
    for (let round = -WARMUP; round < ROUNDS; round++) {
      const { ours } = /** @type {{ ours: number }} */ (await page.call("hash", {}));
      if (round >= 0) rounds.push(ours);
    }
    times.push(median(rounds));
  }
  return {
    subject: "SHA-256, asynchronous, whole: exponent",
    peer: SIZES.map((size) => size.toLocaleString("en")).join(" → "),
    ours: times.at(-1) ?? 0,
    theirs: times[0] ?? 0,
    unit: "ms",
    ratio: exponent(SIZES, times),
    atMost: 1.1,
  };
}

/**
 * @param {import("../../../browser/src/site.ts").SitePage} page
 * @param {string} name
 * @param {object} options
 * @param {string} subject
 * @param {string} peer
 * @param {number} atMost
 */
async function rowsOf(page, name, options, subject, peer, atMost) {
  /** @type {{ ours: number, theirs: number }[]} */
  const rounds = [];
  for (let round = -WARMUP; round < ROUNDS; round++) {
    const times = /** @type {{ ours: number, theirs: number }} */ (
      await page.call(name, { ...options, round: round + WARMUP })
    );
    if (round >= 0) rounds.push(times);
  }
  // What the peer does to the page is not ours.
  await page.call("tasks");
  /** @type {number[]} */
  const tasks = [];
  for (let round = 0; round < ALONE; round++) {
    await page.call(name, options);
    tasks.push(/** @type {number} */ (await page.call("tasks")));
  }
  const longest = median(tasks);
  return [
    {
      subject,
      peer,
      ours: median(rounds.map(({ ours }) => ours)),
      theirs: median(rounds.map(({ theirs }) => theirs)),
      unit: "ms",
      ratio: median(rounds.map(({ ours, theirs }) => ours / theirs)),
      atMost,
    },
    {
      subject: `${subject}: its longest task, where over 50 ms`,
      peer: "50 ms",
      ours: longest,
      theirs: 50,
      unit: "ms",
      ratio: longest / 50,
      atMost: 1,
    },
  ];
}
