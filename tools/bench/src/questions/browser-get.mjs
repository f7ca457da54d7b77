import { fileURLToPath } from "node:url";
import { loadBrowser } from "../engines.mjs";
import { median } from "../measure.mjs";

export const question = "What does a get from a browser's store cost over idb, in Chromium?";

const COUNT = 1_000;
const SIZE = 4096;
const ROUNDS = 15;

export async function answer() {
  const { findChromium, openSite } = await loadBrowser();
  const chromium = findChromium();
  if (chromium === undefined) throw new Error("this needs a Chromium: install one, or name it in CHROMIUM");
  const site = await openSite(chromium, fileURLToPath(new URL("../pages/get.mjs", import.meta.url)));
  try {
    const page = await site.open();
    await page.call("prepare", { count: COUNT, size: SIZE });
    const rows = [];
    for (const [how, atOnce] of /** @type {const} */ ([
      ["one after the other", 1],
      ["all at once", COUNT],
    ])) {
      /** @type {{ ours: number, theirs: number, hashed: number }[]} */
      const rounds = [];
      for (let round = -3; round < ROUNDS; round++) {
        const times = await page.call("time", { atOnce, first: round + 3 });
        if (round >= 0) rounds.push(/** @type {{ ours: number, theirs: number, hashed: number }} */ (times));
      }
      const row = (/** @type {string} */ subject, /** @type {"ours" | "hashed"} */ which) => ({
        subject: `${subject}, ${how}`,
        peer: "db.get of idb",
        ours: median(rounds.map((times) => times[which])),
        theirs: median(rounds.map(({ theirs }) => theirs)),
        unit: "ms",
        ratio: median(rounds.map((times) => times[which] / times.theirs)),
      });
      rows.push({ ...row("1,000 gets of 4 KiB", "ours"), atMost: 1.5 }, row("db.get, then Checksum.of", "hashed"));
    }
    return rows;
  } finally {
    await site.close();
  }
}
