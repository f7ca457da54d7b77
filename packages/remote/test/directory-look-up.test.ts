import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Checksum } from "@seamless/checksum";
import { rejection } from "@seamless/internal/testing";
import { expect, test, vi } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { lookNow, MISSING, UNSETTLED } from "../src/directory/look-now.ts";
import { lookUp } from "../src/directory/look-up.ts";
import { age, fileOf, plant } from "./support/folder.ts";
import { sample } from "./support/sample.ts";
import { tempDir } from "./support/temp.ts";

/** What may be in the place of a buffer; the length that a store should tell, if any. */
const CASES: readonly (readonly [what: string, make: (file: string, bytes: Uint8Array) => void, isThere: boolean])[] = [
  ["missing", () => {}, false],
  ["young", (file, bytes) => plant(file, bytes), true],
  [
    "old",
    (file, bytes) => {
      plant(file, bytes);
      age(file, 5000);
    },
    true,
  ],
  [
    "locked",
    (file, bytes) => {
      plant(file, bytes);
      plant(`${file}.LOCK`, "");
    },
    false,
  ],
  [
    "locked by a dead program",
    (file, bytes) => {
      plant(file, bytes);
      plant(`${file}.LOCK`, "");
      age(`${file}.LOCK`, 5000);
    },
    true,
  ],
  ["compressed", (file, bytes) => plant(`${file}.gz`, gzipSync(bytes)), true],
  [
    "compressed, with its length",
    (file, bytes) => {
      plant(`${file}.gz`, gzipSync(bytes));
      plant(`${file}.BUFFERLENGTH`, String(bytes.byteLength));
    },
    true,
  ],
  ["only a length", (file) => plant(`${file}.BUFFERLENGTH`, "100"), false],
  ["a directory", (file) => void mkdirSync(file, { recursive: true }), false],
  [
    "a broken link",
    (file) => {
      mkdirSync(dirname(file), { recursive: true });
      symlinkSync("nowhere", file);
    },
    false,
  ],
  [
    "a link",
    (file, bytes) => {
      plant(`${file}.elsewhere`, bytes);
      symlinkSync(`${file}.elsewhere`, file);
    },
    true,
  ],
  [
    "readable for its owner alone",
    (file, bytes) => {
      plant(file, bytes);
      chmodSync(file, 0o600);
    },
    true,
  ],
];

/** Buffers of the same few prefixes, so that their folders have many each. */
const BUFFERS = Array.from({ length: 3000 }, (_, i) => sample(100, i))
  .filter(({ checksum }) => /^[01]/.test(checksum.hex()))
  .map((buffer, i) => ({ ...buffer, case: CASES[i % CASES.length]! }));

function makeFolder(where: (folder: string, checksum: Checksum) => string) {
  const folder = tempDir();
  for (const buffer of BUFFERS) buffer.case[1](where(folder, buffer.checksum), buffer.bytes);
  return folder;
}

const CHECKSUMS = BUFFERS.map(({ checksum }) => checksum);
const EXPECTED = BUFFERS.map((buffer) => (buffer.case[2] ? 100 : undefined));

test.each([
  ["prefix", fileOf],
  ["flat", (folder: string, checksum: Checksum) => join(folder, checksum.hex())],
] as const)("many at once are found as one by one: %s", async (layout, where) => {
  const folder = makeFolder(where);
  const store = directoryStore(folder, { layout });
  expect(BUFFERS.length).toBeGreaterThan(300);
  expect(await store.lengths(CHECKSUMS)).toEqual(EXPECTED);
  expect(await store.has(CHECKSUMS)).toEqual(EXPECTED.map((length) => length !== undefined));
  for (const [i, checksum] of CHECKSUMS.slice(0, 50).entries()) {
    expect([i, ...(await store.lengths([checksum]))]).toEqual([i, EXPECTED[i]]);
  }
});

test("what is young is not there while its folder is locked, or all of the store is", async () => {
  const folder = makeFolder(fileOf);
  const store = directoryStore(folder, { layout: "prefix" });
  const isYoung = ({ case: [what] }: (typeof BUFFERS)[number]) => !["old", "missing"].includes(what);
  const lock = (path: string) => writeFileSync(join(folder, path), "");
  lock("00/.LOCK");
  const inFolder = (await store.has(CHECKSUMS)).map((there, i) => [CHECKSUMS[i]!.hex().slice(0, 2), there] as const);
  const there = inFolder.filter(([prefix, there], i) => there && prefix === "00" && isYoung(BUFFERS[i]!));
  expect(there).toEqual([]);
  expect(inFolder.filter(([prefix, there]) => there && prefix !== "00").length).toBeGreaterThan(100);
  rmSync(join(folder, "00/.LOCK"));
  lock(".LOCK");
  const old = BUFFERS.map(({ case: [what] }) => what === "old");
  expect(await store.has(CHECKSUMS)).toEqual(old);
});

test("a folder with files of both layouts", async () => {
  const folder = tempDir();
  for (const [i, { checksum, bytes }] of BUFFERS.entries()) {
    if (i % 3 !== 0) plant(i % 3 === 1 ? fileOf(folder, checksum) : join(folder, checksum.hex()), bytes);
  }
  expect(await directoryStore(folder).has(CHECKSUMS)).toEqual(BUFFERS.map((_, i) => i % 3 !== 0));
});

test("can be broken off, and tells that the folder is missing", async () => {
  const folder = makeFolder(fileOf);
  const store = directoryStore(folder);
  const controller = new AbortController();
  const asked = store.has(CHECKSUMS, { signal: controller.signal });
  controller.abort(new Error("enough"));
  expect(await rejection(asked)).toMatchObject({ message: "enough" });
  const missing = directoryStore(join(folder, "missing"), { writable: false });
  expect(await rejection(missing.has(CHECKSUMS))).toMatchObject({ code: "IO_ERROR" });
  expect(await directoryStore(join(folder, "missing")).has(CHECKSUMS)).toEqual(CHECKSUMS.map(() => false));
});

/** What looks that are made at once settle; all else takes a closer one. */
const SETTLED = ["missing", "young", "old", "only a length", "readable for its owner alone"];

test.each([
  ["prefix", fileOf],
  ["flat", (folder: string, checksum: Checksum) => join(folder, checksum.hex())],
] as const)("looks at once settle what is plain, and what is not there in any form: %s", (layout, where) => {
  const root = makeFolder(where);
  const hexes = CHECKSUMS.map((checksum) => checksum.hex()).join("");
  const settled = BUFFERS.map(({ case: [what, , isThere] }) =>
    SETTLED.includes(what) ? (isThere ? 100 : MISSING) : UNSETTLED,
  );
  expect([...lookNow({ place: { root, layout }, hexes }, Infinity)]).toEqual(settled);
  // One that is missing may lie elsewhere.
  const also = layout === "flat" ? "prefix" : "flat";
  const mixed = settled.map((length) => (length === MISSING ? UNSETTLED : length));
  expect([...lookNow({ place: { root, layout, also }, hexes }, Infinity)]).toEqual(mixed);
});

test("looks at once: a file that is begun while others are looked at is held by the lock of the whole store", () => {
  const root = tempDir();
  const [first, second] = CHECKSUMS;
  const plantIn = ({ checksum, bytes }: (typeof BUFFERS)[number]) => plant(join(root, checksum.hex()), bytes);
  plantIn(BUFFERS[0]!);
  let asked = 0;
  const place = {
    layout: "flat" as const,
    get root() {
      if (++asked === 2) {
        plant(join(root, ".LOCK"), "");
        plantIn(BUFFERS[1]!);
      }
      return root;
    },
  };
  const found = lookNow({ place, hexes: `${first!.hex()}${second!.hex()}` });
  expect([...found]).toEqual([UNSETTLED, UNSETTLED]);
});

test("looks at once: where they are slow, the rest is left to be looked at several at a time", () => {
  const place = { root: tempDir(), layout: "flat" as const };
  const found = [...lookNow({ place, hexes: CHECKSUMS.map((checksum) => checksum.hex()).join("") }, -1000)];
  expect(found.slice(0, 32)).toEqual(Array(32).fill(MISSING));
  expect(new Set(found.slice(32))).toEqual(new Set([UNSETTLED]));
});

test("looks at once: what cannot be looked at takes a closer look", () => {
  const root = tempDir();
  const [checksum] = CHECKSUMS;
  plant(join(root, checksum!.hex().slice(0, 2)), "not a folder");
  expect([...lookNow({ place: { root, layout: "prefix" }, hexes: checksum!.hex() })]).toEqual([UNSETTLED]);
});

test("a folder without buffers is looked at once for all of them, until there is one", async () => {
  const folder = tempDir();
  const store = directoryStore(folder);
  const closer = vi.fn(async () => undefined);
  const place = { root: folder, layout: "prefix", also: "flat" } as const;
  expect(await lookUp({ ...place, empty: true }, CHECKSUMS, {}, closer)).toEqual(CHECKSUMS.map(() => undefined));
  expect(closer).not.toHaveBeenCalled();
  expect(await store.has(CHECKSUMS)).toEqual(CHECKSUMS.map(() => false));
  // Another program begins, in either layout.
  const [first, second] = BUFFERS;
  plant(join(folder, first!.checksum.hex()), first!.bytes);
  expect(await store.has([first!.checksum, second!.checksum])).toEqual([true, false]);
});

test("a folder of which not all names were read may have more than was seen", async () => {
  const folder = tempDir();
  for (let i = 0; i < 4200; i++) writeFileSync(join(folder, `notes-${i}`), "");
  const [{ checksum, bytes }] = BUFFERS as [(typeof BUFFERS)[number]];
  plant(join(folder, checksum.hex()), bytes);
  expect(await directoryStore(folder).has([checksum])).toEqual([true]);
});
